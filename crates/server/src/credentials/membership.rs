//! How a membership ends: the member's accounts in the workspace pass to another member, and a user without any
//! workspace is deleted.

use std::time::Duration;

use linekeeper_model::Timestamp;
use linekeeper_model::id::{UserId, WorkspaceId};
use linekeeper_storage::{StorageError, Tx};

/// How far the clock of the CRM that issues tokens to users may be ahead of the server's clock.
const LEEWAY: Duration = Duration::from_secs(60);

/// Removes `user` from `workspace`, together with their API keys and sign-ins there. Accounts of the workspace
/// are no longer shared with the user, and the user's own accounts then belong to `heir`. A token of the CRM that was
/// issued before the removal does not restore the membership.
pub async fn end(
    tx: &mut Tx,
    workspace: WorkspaceId,
    user: UserId,
    heir: UserId,
    now: Timestamp,
) -> Result<(), StorageError> {
    tx.foreign_standings().bar(workspace, user, now + LEEWAY + Duration::from_millis(1)).await?;
    tx.accounts().hand_over(workspace, user, heir).await?;
    tx.members().delete(workspace, user).await?;
    forget_if_nowhere(tx, user).await
}

/// Deletes the user if they are a member of no workspace.
pub async fn forget_if_nowhere(tx: &mut Tx, user: UserId) -> Result<(), StorageError> {
    if tx.members().of_user(user).await?.is_empty() {
        tx.users().delete(user).await?;
    }
    Ok(())
}
