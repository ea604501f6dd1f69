//! Pairing: how much time a person has to link a phone, and what the person sees during this time.

use std::time::Duration;

use jiff::Timestamp;

use crate::phone::PhoneNumber;

/// How long a pairing stays open. People are promised two minutes. WhatsApp's QR codes last for about 160 s in total.
pub const WINDOW: Duration = Duration::from_secs(120);

/// How a phone is linked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Method {
    /// The phone scans a QR code.
    Qr,
    /// A person types a code on the phone with this number.
    Code(PhoneNumber),
}

/// The QR code to show now. It stops working when the next QR code arrives.
#[derive(Clone, PartialEq, Eq)]
pub struct QrCode {
    /// The text to encode as a QR code. It is a secret, because it contains the key that the phone signs.
    pub text: String,
    /// When the pairing ends. After that, no code of this pairing works.
    pub expires_at: Timestamp,
    /// When the next QR code replaces this one.
    pub refresh_at: Timestamp,
}

/// The code to type on the phone. It is a secret: anybody who has the phone and the code can link the phone.
#[derive(Clone, PartialEq, Eq)]
pub struct PairingCode {
    /// Eight letters and digits, shown to people as `ABCD-1234`.
    pub code: String,
    /// The number of the phone on which the code must be typed.
    pub phone: PhoneNumber,
    /// When the code stops working.
    pub expires_at: Timestamp,
}

/// The current step of a pairing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// The connection is being opened, or a pairing code was requested. There is nothing to show yet.
    Opening,
    /// Show the QR code.
    ShowQr(QrCode),
    /// Show the pairing code.
    ShowCode(PairingCode),
    /// A passkey protects the account. WhatsApp has sent a challenge that only the passkey can answer.
    Passkey {
        /// `PublicKeyCredentialRequestOptions` (WebAuthn), as JSON from WhatsApp.
        options: String,
    },
    /// The passkey was accepted. A person must compare this code with the code on the phone.
    Confirm {
        /// The code; empty if WhatsApp does not ask for a comparison.
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
