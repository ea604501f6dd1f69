//! The chats in which messages are written.

use serde::{Deserialize, Serialize};

use super::address::Address;
use super::person::Person;
use crate::id::ChatId;

/// The type of a chat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ChatType {
    /// A chat with one person.
    Direct,
    /// A chat with several people.
    Group,
    /// Status posts (stories).
    Status,
    /// A channel. WhatsApp's protocol calls it a newsletter.
    Newsletter,
    /// A list of recipients.
    Broadcast,
}

impl ChatType {
    /// Every type.
    pub const ALL: [Self; 5] = [Self::Direct, Self::Group, Self::Status, Self::Newsletter, Self::Broadcast];

    /// The type's text in the API.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Group => "group",
            Self::Status => "status",
            Self::Newsletter => "newsletter",
            Self::Broadcast => "broadcast",
        }
    }
}

/// A chat, as the API shows it in messages and in lists of chats.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chat {
    /// The chat's id in linekeeper. It never changes.
    pub id: ChatId,
    /// The type of the chat.
    #[serde(rename = "type")]
    pub kind: ChatType,
    /// The chat's address at WhatsApp. It may change from a phone number to a LID or back.
    pub address: Address,
    /// The name of the chat, if it is known.
    pub name: Option<String>,
    /// The other person in a direct chat.
    pub person: Option<Person>,
}
