//! Keys for programs: `lk_` and 43 characters. A key is shown once; afterwards, the server knows only its hash.

use core::net::IpAddr;
use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::access::Permission;
use crate::id::{AccountId, ApiKeyId, UserId, WorkspaceId};
use crate::network::Network;

/// The beginning of every key, so that people and secret scanners recognise keys.
pub const PREFIX: &str = "lk_";

/// An API key, without its secret text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// The key's id.
    pub id: ApiKeyId,
    /// The workspace that the key gives access to.
    pub workspace_id: WorkspaceId,
    /// The user who made it. The key never has more rights than this user.
    pub user_id: UserId,
    /// What people call the key.
    pub name: String,
    /// What the key may do.
    pub scopes: BTreeSet<Permission>,
    /// The only accounts that the key reaches, a part of those that its maker reaches, without duplicates. `None` for
    /// all of them.
    pub accounts: Option<Vec<AccountId>>,
    /// The only networks from which the key may be used. An empty list allows all networks.
    pub networks: Vec<Network>,
    /// When the key was made.
    pub created_at: Timestamp,
    /// From this time on, the key is refused.
    pub expires_at: Option<Timestamp>,
    /// When the key was last used, to the minute.
    pub used_at: Option<Timestamp>,
}

impl ApiKey {
    /// Whether the key is still valid at `now`.
    pub fn is_valid_at(&self, now: Timestamp) -> bool {
        self.expires_at.is_none_or(|end| now < end)
    }

    /// Whether the key may be used from `address`.
    pub fn works_from(&self, address: IpAddr) -> bool {
        self.networks.is_empty() || self.networks.iter().any(|network| network.contains(address))
    }
}
