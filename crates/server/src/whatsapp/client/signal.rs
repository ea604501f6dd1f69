//! What a connection tells its account.

use std::time::Duration;

use linekeeper_model::connection::{End, Epoch};
use linekeeper_model::pairing::PairingCode;
use linekeeper_model::phone::Identity;
use whatsapp_rust::wacore::appstate::patch_decode::WAPatchName;

use super::restrictions::RestrictionNews;

/// What a connection tells its account. All but counts carry the epoch of the connection.
#[derive(Debug)]
pub enum Signal {
    /// A ref to show, good for this long.
    QrCode(Epoch, String, Duration),
    /// A code to type on the phone.
    Code(Epoch, PairingCode),
    /// The code that was shown no longer works.
    CodeSpent(Epoch),
    /// WhatsApp asks for the account's passkey: WebAuthn options as JSON.
    PasskeyRequired(Epoch, String),
    /// The passkey was right; the phone shows this text.
    PasskeyConfirmation(Epoch, String),
    /// A phone agreed to link.
    Paired(Epoch, Identity),
    /// WhatsApp let us in.
    LoggedIn(Epoch),
    /// The account's own name at WhatsApp.
    PushName(String),
    /// Something in these settings changed, and was not read.
    SettingsPassedOver(Vec<WAPatchName>),
    /// Messages from others came in.
    Received(u32),
    /// A message that a program sent was answered by WhatsApp.
    Sent {
        /// Whether it was refused.
        failed: bool,
    },
    /// The phone itself did something: it is alive.
    PhoneSeen,
    /// The picture of this phone number or LID changed; it may be the account's own.
    PictureChanged(Identity),
    /// The account's own picture as it is now; `None` when it has none any more.
    Picture(Option<ProfilePicture>),
    /// WhatsApp holds the account back, or lets it go.
    Restricted(RestrictionNews),
    /// The connection is over, or must not go on.
    Ended(Epoch, End),
}

/// The account's own picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfilePicture {
    /// WhatsApp's id of it: another picture has another one.
    pub id: String,
    /// `image/jpeg`, `image/png` or `image/webp`, by its first bytes.
    pub media_type: &'static str,
    /// The file.
    pub bytes: Vec<u8>,
}
