//! `GET /api/v1/workspaces/{workspaceId}`: the workspace that the caller works in.

use axum::Json;
use axum::extract::State;

use super::of_caller;
use super::workspace_json::WorkspaceJson;
use crate::http::answer::error::ApiError;
use crate::http::answer::error::named::*;
use crate::http::auth::Caller;
use crate::http::document::Refusals;
use crate::http::request::path::WorkspacePath;
use crate::http::state::Shared;

/// Show a workspace
///
/// Returns the workspace that you work in. Other workspaces are reported as not found.
#[utoipa::path(
    get, path = "/api/v1/workspaces/{workspaceId}", tag = "workspaces", operation_id = "showWorkspace",
    security(("bearer" = []), ("apiKey" = [])),
    params(("workspaceId" = uuid::Uuid, Path, description = "The workspace's id.")),
    responses(
        (status = 200, description = "The workspace.", body = WorkspaceJson),
        Refusals<WorkspaceNotFound>,
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    caller: Caller,
    WorkspacePath(id): WorkspacePath,
) -> Result<Json<WorkspaceJson>, ApiError> {
    let mut tx = http.storage.read().await?;
    Ok(Json(WorkspaceJson::of(of_caller(&mut tx, &caller, id).await?, caller.role, true)))
}
