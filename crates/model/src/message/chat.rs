//! Where messages are written.

use serde::{Deserialize, Serialize};

use super::address::Address;
use super::person::Person;
use crate::id::ChatId;

/// What kind of chat it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ChatType {
    /// With one person.
    Direct,
    /// With several.
    Group,
    /// Stories.
    Status,
    /// A channel.
    Newsletter,
    /// A list of recipients.
    Broadcast,
}

impl ChatType {
    /// Every kind.
    pub const ALL: [Self; 5] = [Self::Direct, Self::Group, Self::Status, Self::Newsletter, Self::Broadcast];

    /// The text that other programs know it by.
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

/// A chat, as messages and lists name it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chat {
    /// The chat's id here, which never changes.
    pub id: ChatId,
    /// What kind the chat is.
    #[serde(rename = "type")]
    pub kind: ChatType,
    /// The chat's address at WhatsApp. It may change when WhatsApp reports another form of it.
    pub address: Address,
    /// The name of the chat, if it is known.
    pub name: Option<String>,
    /// The other person in a direct chat.
    pub person: Option<Person>,
}
