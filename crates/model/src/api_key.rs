//! Keys for programs: `lk_` and 43 characters, shown once, known afterwards only by their hash.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::access::Permission;
use crate::id::{ApiKeyId, UserId, WorkspaceId};

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
    /// Whether it reaches no accounts but those that it lists.
    pub lists_accounts: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when on it is refused.
    pub expires_at: Option<Timestamp>,
}

impl ApiKey {
    /// Whether it is still good at `now`.
    pub fn is_valid_at(&self, now: Timestamp) -> bool {
        self.expires_at.is_none_or(|end| now < end)
    }
}
