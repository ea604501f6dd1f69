//! `PATCH /api/v1/workspaces/{workspaceId}`: another name or time zone.

use axum::extract::State;
use linekeeper_model::audit::Action;
use utoipa::ToSchema;

use super::workspace_json::WorkspaceJson;
use super::{of_caller, texts};
use crate::http::answer::error::ApiError;
use crate::http::auth::{ManageWorkspace, Permitted};
use crate::http::request::body::Json;
use crate::http::request::fields::{Fields, FromFields};
use crate::http::request::path::WorkspacePath;
use crate::http::routes::audit::changes;
use crate::http::state::Shared;

/// What is to be different. What is absent stays as it is.
#[derive(ToSchema)]
#[schema(as = WorkspaceChange, rename_all = "camelCase")]
pub(in crate::http) struct Body {
    #[schema(value_type = Option<String>, min_length = 1, max_length = 100, pattern = r"^[^\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]*[^\s\u0000-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8][^\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]*$", example = "Example Ltd")]
    name: Option<String>,
    /// IANA time zone whose midnight resets the daily counters.
    #[schema(value_type = Option<String>, example = "Europe/Madrid")]
    time_zone: Option<String>,
}

impl FromFields for Body {
    fn read(fields: &mut Fields) -> Option<Self> {
        let name = fields.optional("name", texts::name);
        let time_zone = fields.optional("timeZone", texts::time_zone);
        texts::refuse_external_id(fields);
        Some(Self { name: name?, time_zone: time_zone? })
    }
}

/// Change a workspace
///
/// Changes the workspace that you work in. A new time zone can change which day today is; the counts of the day
/// then start again. `externalId` is refused: only the person who runs the server assigns it.
#[utoipa::path(
    patch, path = "/api/v1/workspaces/{workspaceId}", tag = "workspaces", operation_id = "updateWorkspace",
    security(("bearer" = ["workspace:manage"]), ("apiKey" = ["workspace:manage"])),
    params(("workspaceId" = uuid::Uuid, Path, description = "The workspace.")),
    request_body(content = Body, example = json!({ "name": "Example Ltd", "timeZone": "Europe/Madrid" })),
    responses(
        (status = 200, description = "The workspace as it is now.", body = WorkspaceJson),
        (status = 400, description = "`nothing_to_change`: no field is given. Or `validation_failed`, `malformed_json`, `invalid_id`."),
        (status = 404, description = "`workspace_not_found`."),
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    caller: Permitted<ManageWorkspace>,
    WorkspacePath(id): WorkspacePath,
    Json(body): Json<Body>,
) -> Result<axum::Json<WorkspaceJson>, ApiError> {
    if body.name.is_none() && body.time_zone.is_none() {
        return Err(ApiError::NothingToChange);
    }
    let mut tx = http.storage.begin().await?;
    let before = of_caller(&mut tx, &caller, id).await?;
    let mut workspace = before.clone();
    workspace.name = body.name.unwrap_or(workspace.name);
    workspace.time_zone = body.time_zone.unwrap_or(workspace.time_zone);
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
