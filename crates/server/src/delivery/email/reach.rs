//! The accounts that an email to a member may be about.

use std::collections::BTreeSet;

use linekeeper_model::id::AccountId;
use linekeeper_model::user::Member;
use linekeeper_storage::{Reach, StorageError, Tx};

/// The accounts that a member can access. `None` means all accounts of the workspace.
pub(super) async fn reached_by(
    tx: &mut Tx,
    member: &Member,
) -> Result<Option<BTreeSet<AccountId>>, StorageError> {
    if member.role.sees_all_accounts() {
        return Ok(None);
    }
    let reach = Reach { workspace: member.workspace_id, user: Some(member.user.id), key: None };
    tx.accounts().ids(reach).await.map(Some)
}
