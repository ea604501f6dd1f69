//! Workspaces: listing a person's workspaces, creating, changing and deleting them, and moving from one to another.

pub(in crate::http) mod create;
pub(in crate::http) mod delete;
pub(in crate::http) mod enter;
pub(in crate::http) mod list;
pub(in crate::http) mod show;
mod texts;
pub(in crate::http) mod update;
mod workspace_json;

use linekeeper_model::id::WorkspaceId;
use linekeeper_model::user::Workspace;
use linekeeper_storage::Tx;

use crate::http::answer::error::ApiError;
use crate::http::auth::Caller;

/// The workspace that the caller works in, if `id` is its id. Every other workspace is reported as not found.
async fn of_caller(tx: &mut Tx, caller: &Caller, id: WorkspaceId) -> Result<Workspace, ApiError> {
    let found = tx.workspaces().get(caller.workspace_id).await?;
    found.filter(|workspace| workspace.id == id).ok_or(ApiError::WorkspaceNotFound)
}
