//! What somebody who wants to scan can be shown.

use linekeeper_model::connection::{Rest, State};
use linekeeper_model::pairing::{QrCode, Step};

/// How the pairing of an account stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pairing {
    /// WhatsApp has not sent a code yet.
    Opening,
    /// This code can be scanned now.
    Showing(QrCode),
    /// A phone agreed; the link is being finished.
    Linking,
    /// Nobody scanned in time.
    Expired,
    /// The account is online, or comes online with the session that it has.
    Connected,
    /// No pairing was asked for.
    NotPairing,
}

impl Pairing {
    pub(super) fn of(state: &State) -> Self {
        match state {
            State::Pairing { step: Step::Opening, .. } => Self::Opening,
            State::Pairing { step: Step::ShowQr(code), .. } => Self::Showing(code.clone()),
            State::Linking { .. } => Self::Linking,
            State::Idle(Rest::QrExpired) => Self::Expired,
            State::Online { .. } | State::Connecting { .. } | State::Waiting { .. } => Self::Connected,
            State::Idle(_) | State::Failed(_) => Self::NotPairing,
        }
    }
}
