//! Linking with a passkey, from the scan to the offer. It is called a ceremony, as in WebAuthn. This module
//! records the stage of each waiting companion; its callers carry out the steps. If a step fails, the ceremony
//! ends.

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
    /// A message of the companion in the key exchange is wrong.
    #[error(transparent)]
    Exchange(#[from] PasskeyError),
    /// The companion says that it was linked before, but it cannot prove this.
    #[error("the companion's hand-off proof is wrong")]
    Handoff,
    /// The companion sent the message of a step that is not the next one.
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
        /// The QR ref that the companion fetched for its prologue.
        reference: Option<String>,
    },
    /// The passkey has answered, and the companion has committed to a nonce.
    Proved(PasskeyExchange),
    /// The phone and the companion show the same code, for a person to compare.
    Shown {
        /// The key exchange, which can decrypt the companion's request.
        exchange: PasskeyExchange,
        /// The code, in the form `XXXX-XXXX`.
        code: String,
    },
    /// The companion has sent its new ADV secret. The offer comes next.
    Confirmed {
        /// The secret that authenticates the offer.
        adv_secret: Vec<u8>,
    },
}

/// A link that needs a passkey. The phone has scanned the QR code, but it must not offer the link before the
/// passkey has answered.
pub struct Ceremony {
    /// The account of the phone.
    pub account: Arc<Account>,
    /// The secret that the companion's QR code contained.
    pub adv_secret: Vec<u8>,
    /// The server's request to the passkey.
    pub challenge: Challenge,
    /// The step at which a fault refuses the companion. `None` means that no step is refused.
    pub refuse: Option<PasskeyStep>,
    /// The channel on which the phone gets the result.
    pub outcome: oneshot::Sender<Result<Linked, LinkFailure>>,
    /// The current stage.
    pub stage: Stage,
}

/// The result of a step.
pub enum Step<T> {
    /// The ceremony continues.
    Taken(T),
    /// The ceremony has ended.
    Failed,
    /// There is no ceremony for this connection.
    Uncalled,
}

impl Ceremony {
    /// Fails if a fault refuses this step.
    ///
    /// # Errors
    /// [`CeremonyError::Fault`].
    pub fn permits(&self, step: PasskeyStep) -> Result<(), CeremonyError> {
        if self.refuse == Some(step) { Err(CeremonyError::Fault) } else { Ok(()) }
    }
}

impl PairingDesk {
    /// Begins a ceremony. Returns the companion's connection, so that the caller can send the request to the
    /// passkey.
    ///
    /// # Errors
    /// When the companion has disconnected, or is already being linked.
    pub fn begin_ceremony(&self, id: ConnId, ceremony: Ceremony) -> Result<Arc<Link>, PairingError> {
        let mut desk = self.0.lock();
        let waiting = desk.waiting.get_mut(&id).ok_or(PairingError::Gone)?;
        if waiting.busy() {
            return Err(PairingError::Busy);
        }
        waiting.ceremony = Some(ceremony);
        Ok(waiting.link.clone())
    }

    /// Takes one step. If the step fails, the ceremony ends, and a phone may scan the companion's QR code again.
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
                    // Ignore a failure here: the phone may have stopped waiting for the result.
                    let _ = outcome.send(Err(error.into()));
                }
                Step::Failed
            }
        }
    }

    /// Removes the ceremony and returns it, if the companion has confirmed the codes.
    pub fn end_ceremony(&self, id: ConnId) -> Option<Ceremony> {
        let mut desk = self.0.lock();
        let waiting = desk.waiting.get_mut(&id)?;
        waiting.ceremony.take_if(|ceremony| matches!(ceremony.stage, Stage::Confirmed { .. }))
    }

    /// Calls `look` with the stage of the ceremony of this phone, and returns the result. Returns `None` if there
    /// is no ceremony.
    pub fn ceremony_of<T>(&self, number: &str, look: impl FnOnce(&Stage) -> T) -> Option<T> {
        let desk = self.0.lock();
        let mut ceremonies = desk.waiting.values().filter_map(|waiting| waiting.ceremony.as_ref());
        ceremonies.find(|ceremony| ceremony.account.number == number).map(|ceremony| look(&ceremony.stage))
    }
}
