//! The types of events. Readers choose events by type. A type is lower case with a dot, and it is never renamed.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::access::Permission;

macro_rules! types {
    ($($(#[$doc:meta])* $name:ident = $code:literal;)+) => {
        /// The type of an event: what happened.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum EventType {
            $($(#[$doc])* $name,)+
        }

        impl EventType {
            /// Every type.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The type's text in events and in the API.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)+ }
            }
        }
    };
}

types! {
    /// An account was created.
    AccountCreated = "account.created";
    /// Somebody changed an account's settings.
    AccountUpdated = "account.updated";
    /// An account was deleted with all its data.
    AccountDeleted = "account.deleted";
    /// An account's status changed.
    AccountStatus = "account.status";
    /// There is a new QR code to show.
    AccountQr = "account.qr";
    /// An account was linked to a phone.
    AccountLinked = "account.linked";
    /// The account's name or picture at WhatsApp changed.
    AccountProfile = "account.profile";
    /// The account's health level changed.
    AccountHealth = "account.health";
    /// The restrictions that WhatsApp puts on the account changed.
    AccountRestriction = "account.restriction";
    /// The server has heard nothing from the account's phone for a long time.
    AccountPhoneOffline = "account.phone_offline";
    /// The account's connection breaks again and again.
    AccountReconnectLoop = "account.reconnect_loop";
    /// A message arrived.
    MessageReceived = "message.received";
    /// The account's owner sent a message from the phone or from another linked device.
    MessageEcho = "message.echo";
    /// The API accepted a message for sending.
    MessageAccepted = "message.accepted";
    /// The status of an outbound message changed.
    MessageStatus = "message.status";
    /// An inbound message could not be decrypted.
    MessageUndecryptable = "message.undecryptable";
    /// Somebody reacted to a message, or removed a reaction.
    MessageReaction = "message.reaction";
    /// The text of a message changed.
    MessageEdited = "message.edited";
    /// A message was revoked.
    MessageRevoked = "message.revoked";
    /// The server now has the file of a message.
    MediaReady = "media.ready";
    /// The server could not fetch the file of a message.
    MediaFailed = "media.failed";
    /// A chat changed.
    ChatUpdated = "chat.updated";
    /// WhatsApp revealed that two chats are the same chat. They were merged.
    ChatMerged = "chat.merged";
    /// A contact's names or addresses changed.
    ContactUpdated = "contact.updated";
    /// WhatsApp revealed that two contacts are the same person. They were merged.
    ContactMerged = "contact.merged";
    /// A contact's data was erased.
    ContactErased = "contact.erased";
}

impl EventType {
    /// The permission that a reader of events with this type needs. `account.*` events are about accounts, all others
    /// about messages and contacts.
    pub fn needs(self) -> Permission {
        if self.code().starts_with("account.") { Permission::WhatsappRead } else { Permission::MessagesRead }
    }
}

/// The text is not a type of event.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("is not the type of an event")]
pub struct UnknownEventType;

impl FromStr for EventType {
    type Err = UnknownEventType;

    fn from_str(text: &str) -> Result<Self, UnknownEventType> {
        Self::ALL.iter().copied().find(|known| known.code() == text).ok_or(UnknownEventType)
    }
}

impl fmt::Display for EventType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Serialize for EventType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for EventType {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}
