//! API keys: `lk_` and 43 characters. The server shows a key once and then keeps only its hash.

use core::net::IpAddr;
use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::access::Permission;
use crate::id::{AccountId, ApiKeyId, UserId, WorkspaceId};
use crate::network::Network;

/// The beginning of every API key, by which people and secret scanners recognise it.
pub const PREFIX: &str = "lk_";

/// An API key, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// The key's id.
    pub id: ApiKeyId,
    /// The workspace that the API key gives access to.
    pub workspace_id: WorkspaceId,
    /// The user who created the API key. The key never has more rights than this user.
    pub user_id: UserId,
    /// The name that people give the API key.
    pub name: String,
    /// What the API key may do.
    pub scopes: BTreeSet<Permission>,
    /// The accounts that the API key may use, without duplicates. `None` allows all accounts that the key's user
    /// reaches. If the user can no longer reach an account, the key cannot use it either.
    pub accounts: Option<Vec<AccountId>>,
    /// The networks from which the API key may be used. An empty list allows all networks.
    pub networks: Vec<Network>,
    /// When the API key was created.
    pub created_at: Timestamp,
    /// From this time on, the API key is refused.
    pub expires_at: Option<Timestamp>,
    /// When the API key was last used, to the minute.
    pub used_at: Option<Timestamp>,
}

impl ApiKey {
    /// Whether the API key is still valid at `now`.
    pub fn is_valid_at(&self, now: Timestamp) -> bool {
        self.expires_at.is_none_or(|end| now < end)
    }

    /// Whether the API key may be used from `address`.
    pub fn works_from(&self, address: IpAddr) -> bool {
        self.networks.is_empty() || self.networks.iter().any(|network| network.contains(address))
    }
}
