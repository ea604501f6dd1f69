//! One managed WhatsApp identity: what an operator set, what is known, and what they wish.

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

/// The operator's wish, kept apart from the fact: a restart reads the wish.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Desired {
    /// Hold a connection.
    Online,
    /// Keep the session, hold no connection.
    Paused,
    /// Hold neither.
    Disconnected,
}

/// How the account reaches WhatsApp.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// As a linked device of a phone.
    LinkedDevice,
}

/// The name that operators give an account: up to 100 characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct DisplayName(String);

impl DisplayName {
    /// Most characters that a name may have.
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

/// A name that was stored. A rule that came later does not make it unreadable.
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
    /// Its id.
    pub id: AccountId,
    /// The tenant that it belongs to.
    pub workspace_id: WorkspaceId,
    /// The user that connected it.
    pub user_id: UserId,
    /// How it reaches WhatsApp.
    pub kind: Kind,
    /// What the operator calls it.
    pub display_name: DisplayName,
    /// The identity that the operator expects to be linked, or that was linked.
    pub identity: Identity,
    /// Whether the caller gave the number when the account was made. Then no other phone can take its place.
    pub number_given: bool,
    /// What the account calls itself at WhatsApp.
    pub push_name: Option<String>,
    /// The operator's wish.
    pub desired: Desired,
    /// Whether the vault holds a session that a phone confirmed.
    pub linked: bool,
    /// The last status that was recorded.
    pub status: Status,
    /// Messages that it may send in a day.
    pub daily_limit: DailyLimit,
    /// What it did today.
    pub usage: Usage,
    /// How the phone lists us.
    pub device: DeviceProfile,
    /// Where it goes through, if not directly.
    pub proxy: Option<ProxyUrl>,
    /// To find it by.
    pub tags: Tags,
    /// Other programs' ids for it.
    pub metadata: Metadata,
    /// How fast it sends.
    pub pacing: Pacing,
    /// WhatsApp's id of its picture, where one was fetched.
    pub picture_id: Option<String>,
    /// What WhatsApp holds it back from.
    pub restriction: Restriction,
    /// When the phone itself was last heard of.
    pub phone_seen_at: Option<Timestamp>,
    /// When it last came online.
    pub last_connected_at: Option<Timestamp>,
    /// When it last went offline.
    pub last_disconnected_at: Option<Timestamp>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When anything above last changed.
    pub updated_at: Timestamp,
}

impl Account {
    /// An account that was just created: not linked, wanted online, and everything that can be set at its default.
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
    fn names_are_trimmed_and_bounded() {
        assert_eq!("  Shop  ".parse::<DisplayName>().unwrap().as_str(), "Shop");
        assert!("é".repeat(100).parse::<DisplayName>().is_ok());
        for text in ["", "   ", "a\0b", "a\nb", &"x".repeat(101), &"x".repeat(10_000)] {
            assert!(text.parse::<DisplayName>().is_err(), "{text:?}");
        }
    }
}
