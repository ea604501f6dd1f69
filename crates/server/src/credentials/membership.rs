//! How members go: what was theirs in the workspace passes to another one, and whoever belongs nowhere any more is forgotten.

use linekeeper_model::id::{UserId, WorkspaceId};
use linekeeper_storage::{StorageError, Tx};

/// Takes `user` out of `workspace`, with their keys, sign-ins and shares there. Their accounts are `heir`'s from now on.
pub async fn end(
    tx: &mut Tx,
    workspace: WorkspaceId,
    user: UserId,
    heir: UserId,
) -> Result<(), StorageError> {
    tx.accounts().hand_over(workspace, user, heir).await?;
    tx.members().delete(workspace, user).await?;
    forget_if_nowhere(tx, user).await
}

/// Removes somebody who is in no workspace.
pub async fn forget_if_nowhere(tx: &mut Tx, user: UserId) -> Result<(), StorageError> {
    if tx.members().of_user(user).await?.is_empty() {
        tx.users().delete(user).await?;
    }
    Ok(())
}
