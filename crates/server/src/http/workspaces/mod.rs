//! Tenants: which ones somebody belongs to, making, changing and deleting them, and going from one to another.

pub(super) mod create;
pub(super) mod delete;
pub(super) mod enter;
pub(super) mod list;
pub(super) mod show;
mod texts;
pub(super) mod update;
mod workspace_json;

use linekeeper_model::id::WorkspaceId;
use linekeeper_model::user::Workspace;
use linekeeper_storage::Tx;

use super::auth::Caller;
use super::error::ApiError;

/// The workspace that the caller works in, where its id is the one that they name. Any other does not exist for them.
async fn of_caller(tx: &mut Tx, caller: &Caller, id: WorkspaceId) -> Result<Workspace, ApiError> {
    let found = tx.workspaces().get(caller.workspace_id).await?;
    found.filter(|workspace| workspace.id == id).ok_or(ApiError::WorkspaceNotFound)
}
