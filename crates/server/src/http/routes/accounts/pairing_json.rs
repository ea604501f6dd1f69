//! A pairing in the JSON of the API: its step, and when its code stops working. The JSON does not contain the code, so
//! nobody can link the account with it.

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
    /// When the pairing code, or the last QR code of this pairing, stops working. Null if there is no code.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
}

/// What the pairing waits for: the first code from WhatsApp (`opening`), a scan of the QR code (`qr`), a person who
/// types the pairing code on the phone (`pairing_code`), the account's passkey (`passkey`), a person who compares two
/// codes (`passkey_confirmation`), or the first login (`linking`).
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = PairingStep)]
enum Step {
    /// WhatsApp must send the first code.
    Opening,
    /// A phone must scan the QR code.
    Qr,
    /// Somebody must type the pairing code on the phone.
    PairingCode,
    /// The owner of the account must use the account's passkey.
    Passkey,
    /// A person must compare two codes.
    PasskeyConfirmation,
    /// The first login must succeed.
    Linking,
}

impl PairingJson {
    /// The JSON of this pairing. Returns `None` if no pairing is in progress.
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
