//! What somebody who wants to link can be shown.

use linekeeper_model::connection::{Rest, State};
use linekeeper_model::pairing::{PairingCode, QrCode, Step};

/// How the pairing of an account stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pairing {
    /// WhatsApp has not sent a code yet.
    Opening,
    /// This code can be scanned now.
    Showing(QrCode),
    /// This code can be typed now.
    ShowingCode(PairingCode),
    /// WhatsApp asks for the account's passkey: WebAuthn options as JSON.
    Passkey(String),
    /// The phone shows this text, to be compared; empty where nothing is to be compared.
    Confirm(String),
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
            State::Pairing { step, .. } => match step {
                Step::Opening => Self::Opening,
                Step::ShowQr(code) => Self::Showing(code.clone()),
                Step::ShowCode(code) => Self::ShowingCode(code.clone()),
                Step::Passkey { options } => Self::Passkey(options.clone()),
                Step::Confirm { code } => Self::Confirm(code.clone()),
            },
            State::Linking { .. } => Self::Linking,
            State::Idle(Rest::QrExpired) => Self::Expired,
            State::Online { .. } | State::Connecting { .. } | State::Waiting { .. } => Self::Connected,
            State::Idle(_) | State::Exhausted { .. } | State::Failed(_) => Self::NotPairing,
        }
    }
}
