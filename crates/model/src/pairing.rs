//! Becoming a linked device: the window in which the phone may answer, and what it is shown meanwhile.

use std::time::Duration;

use jiff::Timestamp;

use crate::phone::PhoneNumber;

/// How long a pairing stays open. WhatsApp's refs last about 160 s; people are told two minutes.
pub const WINDOW: Duration = Duration::from_secs(120);

/// How the phone is asked to link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Method {
    /// It scans a QR code.
    Qr,
    /// A code is typed on the phone that has this number.
    Code(PhoneNumber),
}

/// The QR code to show now. Whenever a newer one comes, this one is worthless.
#[derive(Clone, PartialEq, Eq)]
pub struct QrCode {
    /// The text for a QR encoder. It carries the key that the phone signs with: treat it as a secret.
    pub text: String,
    /// End of the window: no code of this pairing works after it.
    pub expires_at: Timestamp,
    /// When the next ref replaces this one.
    pub refresh_at: Timestamp,
}

/// The code to type on the phone. Whoever has the phone and the code can link: treat it as a secret.
#[derive(Clone, PartialEq, Eq)]
pub struct PairingCode {
    /// Eight letters and digits; people read them as `ABCD-1234`.
    pub code: String,
    /// The number that it was made for.
    pub phone: PhoneNumber,
    /// When it stops to work.
    pub expires_at: Timestamp,
}

/// How far a pairing is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// The connection is being opened, or the code asked for; there is nothing to show yet.
    Opening,
    /// A QR code waits to be scanned.
    ShowQr(QrCode),
    /// A code waits to be typed.
    ShowCode(PairingCode),
    /// The account is protected: WhatsApp asks for an assertion of its passkey.
    Passkey {
        /// `PublicKeyCredentialRequestOptions` (WebAuthn) as WhatsApp's JSON.
        options: String,
    },
    /// The passkey was right; the phone shows this code, and a person compares the two.
    Confirm {
        /// Empty where WhatsApp asks for no comparison.
        code: String,
    },
}

impl std::fmt::Debug for QrCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("QrCode")
            .field("text", &"[redacted]")
            .field("expires_at", &self.expires_at)
            .field("refresh_at", &self.refresh_at)
            .finish()
    }
}

impl std::fmt::Debug for PairingCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PairingCode")
            .field("code", &"[redacted]")
            .field("phone", &self.phone)
            .field("expires_at", &self.expires_at)
            .finish()
    }
}
