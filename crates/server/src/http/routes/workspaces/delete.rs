//! `DELETE /api/v1/workspaces/{workspaceId}`: deletes a workspace.

use axum::extract::State;
use axum::http::StatusCode;
use linekeeper_model::audit::Action;
use linekeeper_storage::Reach;

use super::of_caller;
use crate::credentials::membership;
use crate::http::answer::error::ApiError;
use crate::http::answer::error::named::*;
use crate::http::auth::{ManageWorkspace, Permitted};
use crate::http::document::Refusals;
use crate::http::request::path::WorkspacePath;
use crate::http::state::Shared;

/// Delete a workspace
///
/// Deletes the workspace that you work in, with its API keys, invitations, memberships and sign-ins, including
/// your own sign-in. Delete the accounts of the workspace first, because that logs them out at WhatsApp. Members
/// who are in no other workspace are deleted. You cannot delete the last workspace. The audit log of the workspace
/// stays.
#[utoipa::path(
    delete, path = "/api/v1/workspaces/{workspaceId}", tag = "workspaces", operation_id = "deleteWorkspace",
    security(("bearer" = ["workspace:manage"])),
    params(("workspaceId" = uuid::Uuid, Path, description = "The workspace's id.")),
    responses(
        (status = 204, description = "The workspace is deleted."),
        Refusals<(SignInNeeded, WorkspaceNotFound, WorkspaceNotEmpty, LastWorkspace)>,
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    caller: Permitted<ManageWorkspace>,
    WorkspacePath(id): WorkspacePath,
) -> Result<StatusCode, ApiError> {
    caller.sign_in()?;
    let mut tx = http.storage.begin().await?;
    let workspace = of_caller(&mut tx, &caller, id).await?;
    if tx.workspaces().all().await?.len() <= 1 {
        return Err(ApiError::LastWorkspace);
    }
    if !tx.accounts().ids(Reach::all_of(id)).await?.is_empty() {
        return Err(ApiError::WorkspaceNotEmpty);
    }
    let members = tx.members().of_workspace(id).await?;
    tx.audit().append(&caller.did(Action::WorkspaceDeleted).on(id)).await?;
    tx.workspaces().delete(workspace.id).await?;
    for member in members {
        membership::forget_if_nowhere(&mut tx, member.user.id).await?;
    }
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
