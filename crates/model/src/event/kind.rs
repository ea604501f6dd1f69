//! The types of events, which readers choose by. Types are dotted lower case and are never renamed.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::access::Permission;

macro_rules! types {
    ($($(#[$doc:meta])* $name:ident = $code:literal;)+) => {
        /// What kind of thing happened.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum EventType {
            $($(#[$doc])* $name,)+
        }

        impl EventType {
            /// Every type.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The text that other programs know it by.
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
    /// A phone linked an account.
    AccountLinked = "account.linked";
    /// The account's name or picture at WhatsApp changed.
    AccountProfile = "account.profile";
    /// The account's health level changed.
    AccountHealth = "account.health";
    /// WhatsApp's restrictions of the account changed.
    AccountRestriction = "account.restriction";
    /// The account's phone was not heard from for long.
    AccountPhoneOffline = "account.phone_offline";
    /// The account's connection breaks again and again.
    AccountReconnectLoop = "account.reconnect_loop";
    /// A message came in.
    MessageReceived = "message.received";
    /// The account's owner wrote on the phone or on another linked device.
    MessageEcho = "message.echo";
    /// A program's message was accepted.
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
    /// The file of a message is available here.
    MediaReady = "media.ready";
    /// The file of a message could not be fetched.
    MediaFailed = "media.failed";
    /// A chat changed.
    ChatUpdated = "chat.updated";
    /// Two chats turned out to be one.
    ChatMerged = "chat.merged";
    /// A person's names or addresses changed.
    ContactUpdated = "contact.updated";
    /// Two people turned out to be one.
    ContactMerged = "contact.merged";
    /// A person's data was erased.
    ContactErased = "contact.erased";
}

impl EventType {
    /// What a reader must be allowed to do. `account.*` events are about accounts, all others about messages and
    /// people.
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
