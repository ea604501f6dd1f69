//! The step of a pairing, without anything that would let a reader link the account.

use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::accounts::Pairing;

/// A pairing in progress.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Pairing)]
pub(in crate::http) struct PairingJson {
    step: Step,
    /// When the shown code stops working. Null if no code is shown.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
}

/// What the pairing waits for.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = PairingStep)]
enum Step {
    /// WhatsApp's first code.
    Opening,
    /// A phone that scans the QR code.
    Qr,
    /// The code, to be typed on the phone.
    PairingCode,
    /// The account's passkey.
    Passkey,
    /// A person who compares the codes.
    PasskeyConfirmation,
    /// The first login.
    Linking,
}

impl PairingJson {
    /// `None` if no pairing is in progress.
    pub fn of(pairing: &Pairing) -> Option<Self> {
        let (step, expires_at) = match pairing {
            Pairing::Opening => (Step::Opening, None),
            Pairing::Showing(code) => (Step::Qr, Some(code.expires_at)),
            Pairing::ShowingCode(code) => (Step::PairingCode, Some(code.expires_at)),
            Pairing::Passkey(_) => (Step::Passkey, None),
            Pairing::Confirm(_) => (Step::PasskeyConfirmation, None),
            Pairing::Linking => (Step::Linking, None),
            Pairing::Expired | Pairing::Connected | Pairing::NotPairing => return None,
        };
        Some(Self { step, expires_at })
    }
}
