//! What to show to a person who wants to link an account.

use linekeeper_model::connection::{Rest, State};
use linekeeper_model::pairing::{PairingCode, QrCode, Step};

/// The current step of an account's pairing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pairing {
    /// WhatsApp has not sent a code yet.
    Opening,
    /// This QR code can be scanned now.
    Showing(QrCode),
    /// This code can be typed now.
    ShowingCode(PairingCode),
    /// WhatsApp asks for the account's passkey. The text holds the WebAuthn options as JSON.
    Passkey(String),
    /// The phone shows this text for comparison. It is empty if there is nothing to compare.
    Confirm(String),
    /// A phone confirmed the link, which is now being completed.
    Linking,
    /// The pairing expired because nobody scanned the code in time.
    Expired,
    /// The account is online, or is connecting with its existing session.
    Connected,
    /// No pairing was requested.
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
