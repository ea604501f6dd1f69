//! `POST /api/v1/workspaces/{workspaceId}/enter`: moves the sign-in to another workspace.

use axum::Json;
use axum::extract::State;
use linekeeper_model::audit::Action;

use super::workspace_json::WorkspaceJson;
use crate::http::answer::error::ApiError;
use crate::http::answer::error::named::*;
use crate::http::auth::Person;
use crate::http::document::Refusals;
use crate::http::request::path::WorkspacePath;
use crate::http::state::Shared;

/// Enter a workspace
///
/// Moves your sign-in to another workspace that you belong to. Your tokens stay the same and now work in that
/// workspace. Your other sign-ins do not move.
#[utoipa::path(
    post, path = "/api/v1/workspaces/{workspaceId}/enter", tag = "workspaces", operation_id = "enterWorkspace",
    security(("bearer" = [])),
    params(("workspaceId" = uuid::Uuid, Path, description = "The id of a workspace that you belong to.")),
    responses(
        (status = 200, description = "The workspace that you work in now.", body = WorkspaceJson),
        Refusals<(SignInNeeded, WorkspaceNotFound)>,
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    person: Person,
    WorkspacePath(id): WorkspacePath,
) -> Result<Json<WorkspaceJson>, ApiError> {
    let mut tx = http.storage.begin().await?;
    let member = tx.members().get(id, person.user_id).await?.ok_or(ApiError::WorkspaceNotFound)?;
    let workspace = tx.workspaces().get(id).await?.ok_or(ApiError::WorkspaceNotFound)?;
    let sign_in = tx.sign_ins().by_id(person.sign_in).await?.ok_or(ApiError::InvalidCredential)?;
    if sign_in.workspace_id != id {
        tx.sign_ins().move_to(person.sign_in, id).await?;
        let entered = person.by().did(id, Action::WorkspaceEntered).on(person.sign_in);
        tx.audit().append(&entered).await?;
        tx.commit().await?;
    }
    Ok(Json(WorkspaceJson::of(workspace, member.role, true)))
}
