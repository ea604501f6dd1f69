//! The signals from a connection to its account.

use std::time::Duration;

use linekeeper_model::connection::{End, Epoch};
use linekeeper_model::pairing::PairingCode;
use linekeeper_model::phone::Identity;
use whatsapp_rust::wacore::appstate::patch_decode::WAPatchName;

use super::restrictions::RestrictionNews;

/// A signal from a connection. All except counts carry the epoch of the connection.
#[derive(Debug)]
pub enum Signal {
    /// A ref to show, and how long it is valid.
    QrCode(Epoch, String, Duration),
    /// A code to type on the phone.
    Code(Epoch, PairingCode),
    /// The code that was shown no longer works.
    CodeSpent(Epoch),
    /// WhatsApp asks for the account's passkey: WebAuthn options as JSON.
    PasskeyRequired(Epoch, String),
    /// The passkey was accepted. The phone shows this text.
    PasskeyConfirmation(Epoch, String),
    /// A phone agreed to link.
    Paired(Epoch, Identity),
    /// WhatsApp let us in.
    LoggedIn(Epoch),
    /// The account's own name at WhatsApp.
    PushName(String),
    /// These settings changed, but the library did not read them.
    SettingsPassedOver(Vec<WAPatchName>),
    /// Inbound messages from others.
    Received(u32),
    /// WhatsApp answered a message that a program sent.
    Sent {
        /// Whether WhatsApp refused the message.
        failed: bool,
    },
    /// The phone itself did something, so it is alive.
    PhoneSeen,
    /// The picture of this phone number or LID changed. It may be the account's own.
    PictureChanged(Identity),
    /// The account's current picture; `None` if it has none any more.
    Picture(Option<ProfilePicture>),
    /// WhatsApp's restrictions of the account changed.
    Restricted(RestrictionNews),
    /// The connection ended, or must end.
    Ended(Epoch, End),
}

/// The account's own picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfilePicture {
    /// WhatsApp's id of the picture. It changes with the picture.
    pub id: String,
    /// `image/jpeg`, `image/png` or `image/webp`, by its first bytes.
    pub media_type: &'static str,
    /// The file.
    pub bytes: Vec<u8>,
}
