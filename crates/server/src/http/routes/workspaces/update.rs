//! `PATCH /api/v1/workspaces/{workspaceId}`: changes the name or the time zone of a workspace.

use axum::extract::State;
use linekeeper_model::audit::Action;

use super::of_caller;
use super::texts::{WorkspaceName, ZoneName, refuse_external_id};
use super::workspace_json::WorkspaceJson;
use crate::http::answer::error::ApiError;
use crate::http::answer::error::named::*;
use crate::http::auth::{ManageWorkspace, Permitted};
use crate::http::document::Refusals;
use crate::http::request::body::Json;
use crate::http::request::declare::{Declared as _, body};
use crate::http::request::path::WorkspacePath;
use crate::http::routes::audit::changes;
use crate::http::state::Shared;

body! {
    /// The fields to change. A field that is absent keeps its value.
    pub(in crate::http) struct Body as "WorkspaceChange" (change) {
        /// The name of the workspace, which people use to recognize it.
        #[example("Example Ltd")]
        name: Option<WorkspaceName>,
        /// The IANA time zone of the workspace. At midnight in this time zone, the daily counters start again at 0.
        #[example("Europe/Madrid")]
        time_zone: Option<ZoneName>,
    }
    rules |fields| { refuse_external_id(fields) }
}

/// Change a workspace
///
/// Changes the workspace that you work in. If you change the time zone, and today's date is different there, the daily
/// message counts of the accounts start again at 0. You cannot change `externalId`: only the person who runs the server assigns it.
#[utoipa::path(
    patch, path = "/api/v1/workspaces/{workspaceId}", tag = "workspaces", operation_id = "updateWorkspace",
    security(("bearer" = ["workspace:manage"]), ("apiKey" = ["workspace:manage"])),
    params(("workspaceId" = uuid::Uuid, Path, description = "The workspace's id.")),
    request_body(content = Body, example = json!({ "name": "Example Ltd", "timeZone": "Europe/Madrid" })),
    responses(
        (status = 200, description = "The workspace as it is now.", body = WorkspaceJson),
        Refusals<(NothingToChange, WorkspaceNotFound)>,
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    caller: Permitted<ManageWorkspace>,
    WorkspacePath(id): WorkspacePath,
    Json(body): Json<Body>,
) -> Result<axum::Json<WorkspaceJson>, ApiError> {
    if body.given().is_empty() {
        return Err(ApiError::NothingToChange);
    }
    let mut tx = http.storage.begin().await?;
    let before = of_caller(&mut tx, &caller, id).await?;
    let mut workspace = before.clone();
    workspace.name = body.name.map_or(workspace.name, |name| name.0);
    workspace.time_zone = body.time_zone.map_or(workspace.time_zone, |zone| zone.0);
    let changed = changes([
        ("name", workspace.name != before.name),
        ("timeZone", workspace.time_zone != before.time_zone),
    ]);
    if !changed.is_empty() {
        tx.workspaces().update(&workspace).await?;
        tx.audit().append(&caller.did(Action::WorkspaceUpdated).on(id).changing(changed)).await?;
        tx.commit().await?;
        http.accounts.move_to_zone(id, &workspace.time_zone);
    }
    Ok(axum::Json(WorkspaceJson::of(workspace, caller.role, true)))
}
