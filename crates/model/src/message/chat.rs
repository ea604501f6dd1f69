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

    /// The text by which other programs know it.
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
    /// Its id here, which never changes.
    pub id: ChatId,
    /// What kind it is.
    #[serde(rename = "type")]
    pub kind: ChatType,
    /// Where WhatsApp finds it. It may change when WhatsApp tells another form of it.
    pub address: Address,
    /// What it is called, where that is known.
    pub name: Option<String>,
    /// The other side of a direct chat.
    pub person: Option<Person>,
}
