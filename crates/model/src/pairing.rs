//! Pairing: the time window in which the phone may answer, and what is shown to it.

use std::time::Duration;

use jiff::Timestamp;

use crate::phone::PhoneNumber;

/// How long a pairing stays open. WhatsApp's refs last about 160 s; we tell people two minutes.
pub const WINDOW: Duration = Duration::from_secs(120);

/// The way of linking a phone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Method {
    /// The phone scans a QR code.
    Qr,
    /// A person types a code on the phone with this number.
    Code(PhoneNumber),
}

/// The QR code to show now. When a newer one comes, this one no longer works.
#[derive(Clone, PartialEq, Eq)]
pub struct QrCode {
    /// The text to encode as a QR code. It carries the key that the phone signs with: treat it as a secret.
    pub text: String,
    /// The end of the window. No code of this pairing works after it.
    pub expires_at: Timestamp,
    /// When the next ref replaces this one.
    pub refresh_at: Timestamp,
}

/// The code to type on the phone. Anybody who has the phone and the code can link it: treat it as a secret.
#[derive(Clone, PartialEq, Eq)]
pub struct PairingCode {
    /// Eight letters and digits, shown to people as `ABCD-1234`.
    pub code: String,
    /// The number of the phone that the code is for.
    pub phone: PhoneNumber,
    /// When the code stops working.
    pub expires_at: Timestamp,
}

/// The current step of a pairing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// The connection is being opened, or the code was requested. There is nothing to show yet.
    Opening,
    /// Show a QR code to scan.
    ShowQr(QrCode),
    /// Show a code to type.
    ShowCode(PairingCode),
    /// The account is protected: WhatsApp asks for an assertion of its passkey.
    Passkey {
        /// `PublicKeyCredentialRequestOptions` (WebAuthn) as WhatsApp's JSON.
        options: String,
    },
    /// The passkey was accepted. The phone shows this code, and a person compares it.
    Confirm {
        /// Empty if WhatsApp asks for no comparison.
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
