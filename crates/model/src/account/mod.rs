//! One WhatsApp account that this server manages: its settings, its state, and whether its operator wants it
//! online.

mod device;
mod labels;
mod pacing;
mod pairing;
mod restriction;

pub use device::{DeviceIcon, DeviceName, DeviceProfile};
pub use labels::{InvalidMetadata, InvalidTags, Metadata, Tags};
pub use pacing::Pacing;
pub use pairing::NoNumber;
pub use restriction::{Capping, NewChatStop, Restriction};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::id::{AccountId, UserId, WorkspaceId};
use crate::limits::{DailyLimit, Usage};
use crate::name::{self, InvalidName};
use crate::phone::Identity;
use crate::proxy::ProxyUrl;
use crate::status::{Reason, Status};

/// The state that the operator wants for the account. The actual state may differ. After a restart, the server works
/// towards the state that the operator wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Desired {
    /// Hold a connection.
    Online,
    /// Keep the session, but hold no connection.
    Paused,
    /// Hold no connection and no session.
    Disconnected,
}

/// How the account reaches WhatsApp.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// This server is a linked device of the account's phone.
    LinkedDevice,
}

/// The name that operators give an account: up to 100 characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct DisplayName(String);

impl DisplayName {
    /// The maximum number of characters of a name.
    pub const MAX: usize = 100;

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for DisplayName {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        name::check(text, Self::MAX).map(Self)
    }
}

/// Takes a stored name without checks, so that it stays readable even if a later version has stricter rules.
impl From<String> for DisplayName {
    fn from(stored: String) -> Self {
        Self(stored)
    }
}

impl From<DisplayName> for String {
    fn from(name: DisplayName) -> Self {
        name.0
    }
}

/// An account as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The account's id.
    pub id: AccountId,
    /// The workspace that the account belongs to.
    pub workspace_id: WorkspaceId,
    /// The user who connected the account.
    pub user_id: UserId,
    /// How the account reaches WhatsApp.
    pub kind: Kind,
    /// The name that the operator gave the account.
    pub display_name: DisplayName,
    /// The number and LID of the linked phone, or the number that the caller expects to be linked.
    pub identity: Identity,
    /// Whether the caller gave the number when creating the account. If so, no phone with another number can be
    /// linked.
    pub number_given: bool,
    /// The name that the account has at WhatsApp.
    pub push_name: Option<String>,
    /// The state that the operator wants for the account.
    pub desired: Desired,
    /// Whether the vault, the encrypted store of sessions, holds a session of a phone that agreed to link.
    pub linked: bool,
    /// The last status that was recorded.
    pub status: Status,
    /// The maximum number of messages that the account may send in a day.
    pub daily_limit: DailyLimit,
    /// How many messages the account has sent today.
    pub usage: Usage,
    /// How the phone shows this server in its list of linked devices.
    pub device: DeviceProfile,
    /// The proxy, if the account does not connect directly.
    pub proxy: Option<ProxyUrl>,
    /// Labels by which people find the account.
    pub tags: Tags,
    /// Ids that other programs use for the account.
    pub metadata: Metadata,
    /// How fast the account sends.
    pub pacing: Pacing,
    /// WhatsApp's id of the profile picture, if one was fetched.
    pub picture_id: Option<String>,
    /// WhatsApp's restrictions on the account.
    pub restriction: Restriction,
    /// When the server last got a sign that the phone itself was online.
    pub phone_seen_at: Option<Timestamp>,
    /// When the account last came online.
    pub last_connected_at: Option<Timestamp>,
    /// When the account last went offline.
    pub last_disconnected_at: Option<Timestamp>,
    /// When the account was created.
    pub created_at: Timestamp,
    /// When any field above last changed.
    pub updated_at: Timestamp,
}

impl Account {
    /// A new account. It is not linked, its operator wants it online, and every setting has its default.
    pub fn new(
        id: AccountId,
        workspace_id: WorkspaceId,
        user_id: UserId,
        display_name: DisplayName,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            workspace_id,
            user_id,
            kind: Kind::LinkedDevice,
            display_name,
            identity: Identity::default(),
            number_given: false,
            push_name: None,
            desired: Desired::Online,
            linked: false,
            status: Status::of(Reason::NotLinked, now),
            daily_limit: DailyLimit::default(),
            usage: Usage::default(),
            device: DeviceProfile::default(),
            proxy: None,
            tags: Tags::default(),
            metadata: Metadata::default(),
            pacing: Pacing::default(),
            picture_id: None,
            restriction: Restriction::default(),
            phone_seen_at: None,
            last_connected_at: None,
            last_disconnected_at: None,
            created_at: now,
            updated_at: now,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_trimmed_and_limited_in_length() {
        assert_eq!("  Shop  ".parse::<DisplayName>().unwrap().as_str(), "Shop");
        assert!("é".repeat(100).parse::<DisplayName>().is_ok());
        for text in ["", "   ", "a\0b", "a\nb", &"x".repeat(101), &"x".repeat(10_000)] {
            assert!(text.parse::<DisplayName>().is_err(), "{text:?}");
        }
    }
}
