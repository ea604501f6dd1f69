//! Linking with a passkey, from the scan to the offer. This module records the stage of each waiting companion; the
//! caller does the steps. A step that fails ends the ceremony.

use super::{LinkFailure, Linked, PairingDesk, PairingError};
use crate::conn::{ConnId, Link};
use crate::faults::PasskeyStep;
use crate::phone::{PasskeyError, PasskeyExchange};
use crate::world::{Account, AssertionError, Challenge};
use std::sync::Arc;
use tokio::sync::oneshot;

/// Why a ceremony ended without a link.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum CeremonyError {
    /// The passkey's response is wrong.
    #[error(transparent)]
    Assertion(#[from] AssertionError),
    /// The companion's part of the key exchange is wrong.
    #[error(transparent)]
    Exchange(#[from] PasskeyError),
    /// The companion says that it was linked before, but cannot prove it.
    #[error("the companion's hand-off proof is wrong")]
    Handoff,
    /// A step came too early.
    #[error("the companion took a step out of turn")]
    OutOfTurn,
    /// A fault ends the ceremony.
    #[error("refused by a fault")]
    Fault,
}

/// The stage that a companion has reached.
pub enum Stage {
    /// The passkey was asked for.
    Asked {
        /// The ref that the companion fetched for its prologue.
        reference: Option<String>,
    },
    /// The passkey answered, and the companion sent its commitment to a nonce.
    Proved(PasskeyExchange),
    /// Phone and companion show the same code, for a person to compare.
    Shown {
        /// The exchange, which decrypts the companion's request.
        exchange: PasskeyExchange,
        /// `XXXX-XXXX`.
        code: String,
    },
    /// The companion sent its new ADV secret; the offer is next.
    Confirmed {
        /// The secret that authenticates the offer.
        adv_secret: Vec<u8>,
    },
}

/// A phone that scanned, and may not offer a link before the passkey answered.
pub struct Ceremony {
    /// The account of the phone.
    pub account: Arc<Account>,
    /// The secret that the companion showed when it was scanned.
    pub adv_secret: Vec<u8>,
    /// The request to the passkey.
    pub challenge: Challenge,
    /// The step that a fault refuses.
    pub refuse: Option<PasskeyStep>,
    /// The channel that gets the result.
    pub outcome: oneshot::Sender<Result<Linked, LinkFailure>>,
    /// The present stage.
    pub stage: Stage,
}

/// How a step went.
pub enum Step<T> {
    /// The ceremony goes on.
    Taken(T),
    /// The ceremony is over.
    Failed,
    /// No passkey was asked for.
    Uncalled,
}

impl Ceremony {
    /// Fails when a fault refuses this step.
    ///
    /// # Errors
    /// [`CeremonyError::Fault`].
    pub fn permits(&self, step: PasskeyStep) -> Result<(), CeremonyError> {
        if self.refuse == Some(step) { Err(CeremonyError::Fault) } else { Ok(()) }
    }
}

impl PairingDesk {
    /// Begins a ceremony. Returns the companion's connection, to send the request to the passkey there.
    ///
    /// # Errors
    /// When the companion left, or is being linked already.
    pub fn begin_ceremony(&self, id: ConnId, ceremony: Ceremony) -> Result<Arc<Link>, PairingError> {
        let mut desk = self.0.lock();
        let waiting = desk.waiting.get_mut(&id).ok_or(PairingError::Gone)?;
        if waiting.busy() {
            return Err(PairingError::Busy);
        }
        waiting.ceremony = Some(ceremony);
        Ok(waiting.link.clone())
    }

    /// Takes one step. A step that fails ends the ceremony: the companion may be scanned again.
    pub fn ceremony_step<T>(
        &self,
        id: ConnId,
        step: impl FnOnce(&mut Ceremony) -> Result<T, CeremonyError>,
    ) -> Step<T> {
        let mut desk = self.0.lock();
        let Some(waiting) = desk.waiting.get_mut(&id) else { return Step::Uncalled };
        let Some(ceremony) = &mut waiting.ceremony else { return Step::Uncalled };
        match step(ceremony) {
            Ok(done) => Step::Taken(done),
            Err(error) => {
                tracing::debug!(conn = id.0, %error, "passkey refused");
                if let Some(Ceremony { outcome, .. }) = waiting.ceremony.take() {
                    // The phone may have stopped waiting.
                    let _ = outcome.send(Err(error.into()));
                }
                Step::Failed
            }
        }
    }

    /// Removes and returns the ceremony, if it has come to its end.
    pub fn end_ceremony(&self, id: ConnId) -> Option<Ceremony> {
        let mut desk = self.0.lock();
        let waiting = desk.waiting.get_mut(&id)?;
        waiting.ceremony.take_if(|ceremony| matches!(ceremony.stage, Stage::Confirmed { .. }))
    }

    /// Calls `look` with the ceremony of the phone with this number.
    pub fn ceremony_of<T>(&self, number: &str, look: impl FnOnce(&Stage) -> T) -> Option<T> {
        let desk = self.0.lock();
        let mut ceremonies = desk.waiting.values().filter_map(|waiting| waiting.ceremony.as_ref());
        ceremonies.find(|ceremony| ceremony.account.number == number).map(|ceremony| look(&ceremony.stage))
    }
}
