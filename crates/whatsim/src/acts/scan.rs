//! A person scans a QR code with a phone.

use crate::conn::ConnId;
use crate::faults::{FaultKind, Target};
use crate::stanza::{offer, passkey};
use crate::world::{Account, LinkFailure, Linked, PairingError, Registration, World};
use std::sync::Arc;
use tokio::sync::oneshot;

/// The content of a QR code.
pub struct Scan {
    reference: String,
    noise_key: [u8; 32],
    identity: [u8; 32],
    adv_secret: Vec<u8>,
}

impl Scan {
    /// Reads the text of a QR code. The text has the old form with four fields or the current form. A link may stand
    /// before the fields.
    pub fn parse(qr: &str) -> Option<Self> {
        use base64::Engine as _;
        let (reference, noise_key, identity) = wacore::pair::PairUtils::parse_qr_code(qr).ok()?;
        let fields = qr.rsplit('#').next()?;
        let adv_secret = base64::prelude::BASE64_STANDARD.decode(fields.split(',').nth(3)?).ok()?;
        Some(Self { reference, noise_key, identity, adv_secret })
    }

    /// Returns what the companion that shows this code said about itself when it asked to be linked.
    ///
    /// # Errors
    /// When the code is expired, unknown or forged.
    pub fn registration(&self, world: &World) -> Result<Registration, PairingError> {
        self.find(world).map(|(_, registration)| registration)
    }

    fn find(&self, world: &World) -> Result<(ConnId, Registration), PairingError> {
        world.pairing.find(&self.reference, &self.noise_key, &self.identity, world.clock.now())
    }
}

/// Scans a code with the phone, which links the companion. The returned channel reports the result.
///
/// # Errors
/// When the code is expired, unknown or forged, or was already scanned.
pub fn scan(
    world: &World,
    account: &Arc<Account>,
    scan: &Scan,
) -> Result<oneshot::Receiver<Result<Linked, LinkFailure>>, PairingError> {
    let (id, registration) = scan.find(world)?;
    let (outcome, end) = oneshot::channel();
    link(world, account, id, &registration, &scan.adv_secret, outcome)?;
    Ok(end)
}

/// Starts to link a companion: sends the phone's offer. If a fault demands a passkey, first asks the companion for the
/// account's passkey; the offer comes later. `adv_secret` is the secret that the companion's QR code or the exchange
/// of a pairing code gave.
pub fn link(
    world: &World,
    account: &Arc<Account>,
    id: ConnId,
    registration: &Registration,
    adv_secret: &[u8],
    outcome: oneshot::Sender<Result<Linked, LinkFailure>>,
) -> Result<(), PairingError> {
    let demanding = |kind: &FaultKind| matches!(kind, FaultKind::PasskeyRequired(_));
    match world.faults.next(Target::Account(&account.number), world.clock.now(), demanding) {
        Some(FaultKind::PasskeyRequired(demand)) => {
            passkey::demand(world, account, id, adv_secret, demand.refuse, outcome)
        }
        _ => offer::make(world, account, id, registration, adv_secret, outcome),
    }
}
