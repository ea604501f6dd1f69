//! The types of events, by which readers choose. Dotted lower case; never rename one.

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

            /// The text by which other programs know it.
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
    /// An account was deleted, with all that was its own.
    AccountDeleted = "account.deleted";
    /// Its status changed.
    AccountStatus = "account.status";
    /// There is a new QR code to show.
    AccountQr = "account.qr";
    /// A phone linked it.
    AccountLinked = "account.linked";
    /// Its name or picture at WhatsApp changed.
    AccountProfile = "account.profile";
    /// Its health is of another level now.
    AccountHealth = "account.health";
    /// WhatsApp holds it back from other things than before.
    AccountRestriction = "account.restriction";
    /// Its phone was not heard of for long.
    AccountPhoneOffline = "account.phone_offline";
    /// Its connection breaks again and again.
    AccountReconnectLoop = "account.reconnect_loop";
    /// A message came in.
    MessageReceived = "message.received";
    /// The account's owner wrote on the phone or on another linked device.
    MessageEcho = "message.echo";
    /// A program's message was accepted.
    MessageAccepted = "message.accepted";
    /// An outbound message has another status.
    MessageStatus = "message.status";
    /// A message came in that could not be decrypted.
    MessageUndecryptable = "message.undecryptable";
    /// Somebody reacted to a message, or took that back.
    MessageReaction = "message.reaction";
    /// A message has another text.
    MessageEdited = "message.edited";
    /// A message was taken back.
    MessageRevoked = "message.revoked";
    /// The file of a message is here.
    MediaReady = "media.ready";
    /// The file of a message could not be had.
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
    /// What a reader must be allowed to do: `account.*` tells of accounts, everything else of messages and people.
    pub fn needs(self) -> Permission {
        if self.code().starts_with("account.") { Permission::WhatsappRead } else { Permission::MessagesRead }
    }
}

/// The text is no type of an event.
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
