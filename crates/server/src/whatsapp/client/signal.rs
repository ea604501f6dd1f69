//! The signals that a connection sends to the actor of its account.

use std::time::Duration;

use linekeeper_model::connection::{End, Epoch};
use linekeeper_model::pairing::PairingCode;
use linekeeper_model::phone::Identity;
use whatsapp_rust::wacore::appstate::patch_decode::WAPatchName;

use super::restrictions::RestrictionNews;

/// A signal from a connection. Signals about the progress or the end of a connection carry its epoch. Signals
/// about the account do not.
#[derive(Debug)]
pub enum Signal {
    /// A QR ref to show, and how long it is valid.
    QrCode(Epoch, String, Duration),
    /// A code to type on the phone.
    Code(Epoch, PairingCode),
    /// The code that was shown no longer works.
    CodeSpent(Epoch),
    /// WhatsApp asks for the account's passkey. The text holds the WebAuthn options as JSON.
    PasskeyRequired(Epoch, String),
    /// WhatsApp accepted the passkey. The phone shows this text.
    PasskeyConfirmation(Epoch, String),
    /// A phone confirmed the link.
    Paired(Epoch, Identity),
    /// WhatsApp accepted the login.
    LoggedIn(Epoch),
    /// The account's own name at WhatsApp.
    PushName(String),
    /// These settings changed, but the library did not read them.
    SettingsPassedOver(Vec<WAPatchName>),
    /// The number of inbound messages from other people that have arrived.
    Received(u32),
    /// WhatsApp's server accepted or refused a message that a program sent.
    Sent {
        /// Whether WhatsApp refused the message.
        failed: bool,
    },
    /// The phone itself sent something, so it is online.
    PhoneSeen,
    /// The picture of this identity changed. The identity may be the account's own.
    PictureChanged(Identity),
    /// The account's current picture. `None` if the account no longer has one.
    Picture(Option<ProfilePicture>),
    /// The restrictions that WhatsApp puts on the account changed.
    Restricted(RestrictionNews),
    /// The connection has ended, or must be ended.
    Ended(Epoch, End),
}

/// The account's own picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfilePicture {
    /// WhatsApp's id of the picture. It changes with the picture.
    pub id: String,
    /// `image/jpeg`, `image/png` or `image/webp`, recognised by the first bytes.
    pub media_type: &'static str,
    /// The bytes of the picture.
    pub bytes: Vec<u8>,
}
