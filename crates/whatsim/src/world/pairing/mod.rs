//! Connections that want to be linked, with their QR refs and pairing codes, and the phones that wait for the
//! result of a link.

mod ceremony;

pub use ceremony::{Ceremony, CeremonyError, Stage, Step};

use super::device::SignedPreKey;
use super::{Account, RefSet};
use crate::conn::{ConnId, Link};
use crate::phone::{AdvError, PairCodeAnswer};
use jiff::Timestamp;
use parking_lot::Mutex;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use tokio::sync::oneshot;

/// How many refs of closed connections are remembered. A scan of a remembered ref gets the error "gone" instead of
/// "unknown".
const REMEMBERED: usize = 4096;

/// What a companion says about itself when it asks to be linked.
#[derive(Debug, Clone)]
pub struct Registration {
    /// The companion's Noise static key.
    pub noise_key: [u8; 32],
    /// The companion's identity key.
    pub identity: [u8; 32],
    /// The companion's Signal registration id.
    pub registration_id: u32,
    /// The companion's first signed prekey.
    pub signed_prekey: SignedPreKey,
    /// The name under which the companion wants to be listed.
    pub platform: String,
    /// The push name that the companion sent. Real companions have none before they are linked.
    pub push_name: Option<String>,
}

/// Why a companion could not be linked by a QR code or a pairing code.
#[derive(Debug, thiserror::Error)]
pub enum PairingError {
    /// No connection has received this ref from the server.
    #[error("no companion shows a QR code with this ref")]
    UnknownRef,
    /// The code has expired. The companion may show a newer one.
    #[error("the QR code has expired")]
    ExpiredRef,
    /// The companion's connection has ended.
    #[error("the companion that showed this code is gone")]
    Gone,
    /// The keys in the QR code are not those of the connection that got the ref.
    #[error("the keys in the QR code are not those of the companion that shows it")]
    OtherKeys,
    /// A phone has already scanned the code.
    #[error("the companion is being linked already")]
    Busy,
    /// No companion has asked for a pairing code for this number.
    #[error("no companion waits for a pairing code for this number")]
    NoCodeRequested,
}

/// A link that succeeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Linked {
    /// The number of the new device.
    pub device: u16,
}

/// Why the companion's side of a link failed.
#[derive(Debug, thiserror::Error)]
pub enum LinkFailure {
    /// The companion refused what the phone signed.
    #[error("the companion refused the link: {0}")]
    Refused(String),
    /// The companion sent back an identity that does not verify.
    #[error("the companion's signature is wrong: {0}")]
    Signature(#[from] AdvError),
    /// The typed pairing code is wrong. The phone finds this only in the last step of the exchange.
    #[error("{0}")]
    Code(#[from] crate::phone::PairCodeError),
    /// The link needed the account's passkey, and linking with the passkey failed.
    #[error("the passkey was refused: {0}")]
    Passkey(#[from] CeremonyError),
    /// The phone could not send the first messages to the new device.
    #[error("the phone could not greet its new device: {0}")]
    Greeting(String),
}

/// A companion that asked for a pairing code.
#[derive(Debug, Clone)]
pub struct CodeAttempt {
    /// The companion's connection.
    pub link: ConnId,
    /// The companion's ephemeral key, encrypted with the pairing code that it shows.
    pub wrapped_ephemeral: Vec<u8>,
    /// Identifies the companion's request in later stanzas of the exchange.
    pub reference: Vec<u8>,
}

struct PendingCode {
    attempt: CodeAttempt,
    answer: Option<(PairCodeAnswer, oneshot::Sender<Result<Linked, LinkFailure>>)>,
}

/// A link that a phone has offered. It waits for the companion's signature.
pub struct Offer {
    /// The account of the phone.
    pub account: Arc<Account>,
    /// The number that the new device will have.
    pub device: u16,
    /// The channel on which the phone gets the result.
    pub outcome: oneshot::Sender<Result<Linked, LinkFailure>>,
}

struct Waiting {
    link: Arc<Link>,
    registration: Registration,
    refs: RefSet,
    ceremony: Option<Ceremony>,
    offer: Option<Offer>,
}

impl Waiting {
    /// Whether a phone is already linking this companion.
    fn busy(&self) -> bool {
        self.ceremony.is_some() || self.offer.is_some()
    }
}

#[derive(Default)]
struct Desk {
    waiting: HashMap<ConnId, Waiting>,
    codes: HashMap<String, PendingCode>,
    gone: VecDeque<String>,
}

/// All connections that want to be linked.
#[derive(Default)]
pub struct PairingDesk(Mutex<Desk>);

impl PairingDesk {
    /// Adds a companion that got these refs.
    pub fn enter(&self, link: &Arc<Link>, registration: Registration, refs: RefSet) {
        let waiting = Waiting { link: link.clone(), registration, refs, ceremony: None, offer: None };
        self.0.lock().waiting.insert(link.id, waiting);
    }

    /// Removes a companion whose connection has ended. A phone that waits for the result of this pairing gets an error,
    /// because the sending end of its channel is dropped.
    pub fn leave(&self, id: ConnId) {
        let mut desk = self.0.lock();
        if let Some(waiting) = desk.waiting.remove(&id) {
            desk.gone.extend(waiting.refs.refs().iter().cloned());
            let excess = desk.gone.len().saturating_sub(REMEMBERED);
            desk.gone.drain(..excess);
        }
        desk.codes.retain(|_, code| code.attempt.link != id);
    }

    /// The number of waiting companions.
    pub fn len(&self) -> usize {
        self.0.lock().waiting.len()
    }

    /// Whether this connection wants to be linked.
    pub fn waits(&self, id: ConnId) -> bool {
        self.0.lock().waiting.contains_key(&id)
    }

    /// Makes all refs of one waiting companion expire.
    pub fn expire(&self, id: ConnId) {
        if let Some(waiting) = self.0.lock().waiting.get_mut(&id) {
            waiting.refs.expire();
        }
    }

    /// Finds the companion that shows this ref. The ref must be valid, and the keys must be those of the
    /// companion.
    ///
    /// # Errors
    /// See [`PairingError`].
    pub fn find(
        &self,
        reference: &str,
        noise_key: &[u8; 32],
        identity: &[u8; 32],
        now: Timestamp,
    ) -> Result<(ConnId, Registration), PairingError> {
        let desk = self.0.lock();
        let (id, waiting, stands) = desk
            .waiting
            .iter()
            .find_map(|(id, w)| Some((*id, w, w.refs.stands(reference, now)?)))
            .ok_or_else(|| {
                if desk.gone.iter().any(|r| r == reference) {
                    PairingError::Gone
                } else {
                    PairingError::UnknownRef
                }
            })?;
        if !stands {
            return Err(PairingError::ExpiredRef);
        }
        let registration = &waiting.registration;
        if registration.noise_key != *noise_key || registration.identity != *identity {
            return Err(PairingError::OtherKeys);
        }
        Ok((id, registration.clone()))
    }

    /// What a waiting companion said about itself. Returns `None` if the companion does not wait any more.
    pub fn registration(&self, id: ConnId) -> Option<Registration> {
        self.0.lock().waiting.get(&id).map(|w| w.registration.clone())
    }

    /// Records that a phone offers a link. Returns the companion's connection, so that the caller can send the
    /// offer.
    ///
    /// # Errors
    /// When the companion has disconnected, or another phone was faster.
    pub fn offer(&self, id: ConnId, offer: Offer) -> Result<Arc<Link>, PairingError> {
        let mut desk = self.0.lock();
        let waiting = desk.waiting.get_mut(&id).ok_or(PairingError::Gone)?;
        if waiting.busy() {
            return Err(PairingError::Busy);
        }
        waiting.offer = Some(offer);
        Ok(waiting.link.clone())
    }

    /// Removes the offer that a companion has answered. Returns the offer, and what the companion said about itself.
    pub fn accept(&self, id: ConnId) -> Option<(Registration, Offer)> {
        let mut desk = self.0.lock();
        let waiting = desk.waiting.get_mut(&id)?;
        Some((waiting.registration.clone(), waiting.offer.take()?))
    }

    /// Records that a companion shows a pairing code for a number. A newer request replaces an older one.
    pub fn request_code(&self, number: String, attempt: CodeAttempt) {
        self.0.lock().codes.insert(number, PendingCode { attempt, answer: None });
    }

    /// The companion that waits until somebody types a code for this number.
    ///
    /// # Errors
    /// When there is no such companion.
    pub fn code_request(&self, number: &str) -> Result<CodeAttempt, PairingError> {
        self.0.lock().codes.get(number).map(|c| c.attempt.clone()).ok_or(PairingError::NoCodeRequested)
    }

    /// Stores the phone's half of the exchange after somebody typed a code. The phone needs this half when the
    /// companion finishes. Returns the companion's connection, so that the caller can notify it. If several codes are
    /// typed, the last one replaces the others.
    ///
    /// # Errors
    /// When the companion has disconnected or has asked for another code.
    pub fn type_code(
        &self,
        number: &str,
        attempt: &CodeAttempt,
        answer: PairCodeAnswer,
        outcome: oneshot::Sender<Result<Linked, LinkFailure>>,
    ) -> Result<Arc<Link>, PairingError> {
        let mut desk = self.0.lock();
        let link = desk.waiting.get(&attempt.link).map(|w| w.link.clone()).ok_or(PairingError::Gone)?;
        let code = desk
            .codes
            .get_mut(number)
            .filter(|c| c.attempt.reference == attempt.reference)
            .ok_or(PairingError::NoCodeRequested)?;
        code.answer = Some((answer, outcome));
        Ok(link)
    }

    /// Removes and returns the phone's half of the exchange that the companion on this connection has finished.
    pub fn finish_code(
        &self,
        number: &str,
        id: ConnId,
    ) -> Option<(PairCodeAnswer, oneshot::Sender<Result<Linked, LinkFailure>>)> {
        let mut desk = self.0.lock();
        desk.codes.get_mut(number).filter(|c| c.attempt.link == id)?.answer.take()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ISSUED: Timestamp = Timestamp::UNIX_EPOCH;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    fn refs() -> RefSet {
        RefSet::new(vec!["a".into(), "b".into(), "c".into()], ISSUED)
    }

    fn registration() -> Registration {
        Registration {
            noise_key: [1; 32],
            identity: [2; 32],
            registration_id: 3,
            signed_prekey: SignedPreKey { id: 1, public: vec![], signature: vec![] },
            platform: "test".into(),
            push_name: None,
        }
    }

    fn desk_with_companion() -> (PairingDesk, Arc<Link>) {
        let desk = PairingDesk::default();
        let (link, _queue) = Link::new(ConnId(7));
        desk.enter(&link, registration(), refs());
        (desk, link)
    }

    #[test]
    fn a_refused_scan_names_the_reason() {
        let (desk, link) = desk_with_companion();
        let find = |r: &str, noise: u8, now| desk.find(r, &[noise; 32], &[2; 32], at(now)).map(|(id, _)| id);
        assert_eq!(find("a", 1, 0).unwrap(), link.id);
        assert!(matches!(find("a", 9, 0), Err(PairingError::OtherKeys)));
        assert!(matches!(find("a", 1, 60), Err(PairingError::ExpiredRef)));
        assert!(find("b", 1, 60).is_ok(), "the newer one is shown now");
        assert!(matches!(find("z", 1, 0), Err(PairingError::UnknownRef)));
        desk.leave(link.id);
        assert!(matches!(find("a", 1, 0), Err(PairingError::Gone)));
    }

    #[test]
    fn only_the_last_request_for_a_pairing_code_is_kept() {
        let (desk, link) = desk_with_companion();
        assert!(matches!(desk.code_request("1555"), Err(PairingError::NoCodeRequested)));
        let attempt = |reference: u8| CodeAttempt {
            link: link.id,
            wrapped_ephemeral: vec![],
            reference: vec![reference],
        };
        desk.request_code("1555".into(), attempt(1));
        desk.request_code("1555".into(), attempt(2));
        assert_eq!(desk.code_request("1555").unwrap().reference, [2]);
        assert!(desk.finish_code("1555", link.id).is_none(), "nobody typed it yet");
        desk.leave(link.id);
        assert!(matches!(desk.code_request("1555"), Err(PairingError::NoCodeRequested)));
    }
}
