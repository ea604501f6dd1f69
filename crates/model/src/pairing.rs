//! Becoming a linked device: the window in which the phone may answer, and what it is shown meanwhile.

use std::time::Duration;

use jiff::Timestamp;

/// How long a pairing stays open. WhatsApp's refs last about 160 s; people are told two minutes.
pub const WINDOW: Duration = Duration::from_secs(120);

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

impl std::fmt::Debug for QrCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("QrCode")
            .field("text", &"[redacted]")
            .field("expires_at", &self.expires_at)
            .field("refresh_at", &self.refresh_at)
            .finish()
    }
}

/// How far a pairing is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// The connection is being opened; WhatsApp gave no ref yet.
    Opening,
    /// A QR code waits to be scanned.
    ShowQr(QrCode),
}
