//! `GET /api/v1/workspaces`: lists the workspaces of the caller.

use axum::Json;
use axum::extract::State;

use super::workspace_json::WorkspaceJson;
use crate::http::answer::error::ApiError;
use crate::http::auth::{Caller, Via};
use crate::http::request::paging::{Listed, listed};
use crate::http::state::Shared;

listed! {
    /// The workspaces that you belong to, with your role in each.
    Workspaces as Workspaces of WorkspaceJson
}

/// List workspaces
///
/// Returns all workspaces that you belong to, oldest first. With an API key or a token of the CRM that this
/// server trusts, it returns only the workspace of that credential.
#[utoipa::path(
    get, path = "/api/v1/workspaces", tag = "workspaces", operation_id = "listWorkspaces",
    security(("bearer" = []), ("apiKey" = [])),
    responses((status = 200, description = "The workspaces that you belong to, oldest first.", body = Workspaces)),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    caller: Caller,
) -> Result<Json<Workspaces>, ApiError> {
    let mut tx = http.storage.read().await?;
    let memberships = match caller.via() {
        Via::AccessToken(_) => tx.members().of_user(caller.user_id).await?,
        Via::ApiKey(_) | Via::ForeignToken => vec![caller.member.clone()],
    };
    let mut shown = Vec::new();
    for member in memberships {
        if let Some(workspace) = tx.workspaces().get(member.workspace_id).await? {
            let current = workspace.id == caller.workspace_id;
            shown.push(WorkspaceJson::of(workspace, member.role, current));
        }
    }
    Ok(Listed::whole(shown).into())
}
