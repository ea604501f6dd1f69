//! Keys for programs: `lk_` and 43 characters, shown once, known afterwards only by their hash.

use core::net::IpAddr;
use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::access::Permission;
use crate::id::{AccountId, ApiKeyId, UserId, WorkspaceId};
use crate::network::Network;

/// How every key begins, so that people and secret scanners recognise one.
pub const PREFIX: &str = "lk_";

/// What is known of a key after it was shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Its id.
    pub id: ApiKeyId,
    /// The workspace that it opens.
    pub workspace_id: WorkspaceId,
    /// Whoever made it; the key never has more rights than they have.
    pub user_id: UserId,
    /// What people call it.
    pub name: String,
    /// What it may do.
    pub scopes: BTreeSet<Permission>,
    /// The only accounts that it reaches, of those that its maker reaches, each once; `None` for all of them.
    pub accounts: Option<Vec<AccountId>>,
    /// The only networks from which it may be used; from anywhere where there are none.
    pub networks: Vec<Network>,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when on it is refused.
    pub expires_at: Option<Timestamp>,
    /// When it was used last, to the minute.
    pub used_at: Option<Timestamp>,
}

impl ApiKey {
    /// Whether it is still good at `now`.
    pub fn is_valid_at(&self, now: Timestamp) -> bool {
        self.expires_at.is_none_or(|end| now < end)
    }

    /// Whether it may be used from `address`.
    pub fn works_from(&self, address: IpAddr) -> bool {
        self.networks.is_empty() || self.networks.iter().any(|network| network.contains(address))
    }
}
