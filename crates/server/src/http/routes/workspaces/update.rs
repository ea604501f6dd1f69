//! `PATCH /api/v1/workspaces/{workspaceId}`: another name, time zone or external id.

use axum::extract::State;
use linekeeper_model::audit::Action;
use linekeeper_storage::{Conflict, StorageError};
use utoipa::ToSchema;

use super::workspace_json::WorkspaceJson;
use super::{of_caller, texts};
use crate::http::answer::error::ApiError;
use crate::http::auth::{ManageWorkspace, Permitted};
use crate::http::request::body::Json;
use crate::http::request::fields::{Fields, FromFields};
use crate::http::request::path::WorkspacePath;
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
    /// By this name tokens of another program mean it. Null for none.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 255, pattern = r"^[^\u0000-\u001f\u007f-\u009f]+$", example = "tenant-7")]
    external_id: Option<Option<String>>,
}

impl FromFields for Body {
    fn read(fields: &mut Fields) -> Option<Self> {
        let name = fields.optional("name", texts::name);
        let time_zone = fields.optional("timeZone", texts::time_zone);
        let external_id = fields.nullable("externalId", texts::external_id);
        Some(Self { name: name?, time_zone: time_zone?, external_id: external_id? })
    }
}

/// Change a workspace
///
/// The one that you work in. With another time zone today may become another day: the counts of the day begin anew then.
#[utoipa::path(
    patch, path = "/api/v1/workspaces/{workspaceId}", tag = "workspaces", operation_id = "updateWorkspace",
    security(("bearer" = ["workspace:manage"]), ("apiKey" = ["workspace:manage"])),
    params(("workspaceId" = uuid::Uuid, Path, description = "The workspace.")),
    request_body(content = Body, example = json!({ "name": "Example Ltd", "timeZone": "Europe/Madrid" })),
    responses(
        (status = 200, description = "The workspace as it is now.", body = WorkspaceJson),
        (status = 400, description = "`nothing_to_change`: no field is given. Or `validation_failed`, `malformed_json`, `invalid_id`."),
        (status = 404, description = "`workspace_not_found`."),
        (status = 409, description = "`external_id_taken`."),
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    caller: Permitted<ManageWorkspace>,
    WorkspacePath(id): WorkspacePath,
    Json(body): Json<Body>,
) -> Result<axum::Json<WorkspaceJson>, ApiError> {
    let given = [
        ("name", body.name.is_some()),
        ("timeZone", body.time_zone.is_some()),
        ("externalId", body.external_id.is_some()),
    ];
    let changed: Vec<&str> = given.into_iter().filter(|(_, given)| *given).map(|(name, _)| name).collect();
    if changed.is_empty() {
        return Err(ApiError::NothingToChange);
    }
    let mut tx = http.storage.begin().await?;
    let mut workspace = of_caller(&mut tx, &caller, id).await?;
    workspace.name = body.name.unwrap_or(workspace.name);
    workspace.time_zone = body.time_zone.unwrap_or(workspace.time_zone);
    workspace.external_id = body.external_id.unwrap_or(workspace.external_id);
    tx.workspaces().update(&workspace).await.map_err(|error| match error {
        StorageError::Conflict(Conflict::ExternalId) => ApiError::ExternalIdTaken,
        other => other.into(),
    })?;
    tx.audit().append(&caller.did(Action::WorkspaceUpdated).on(id).changing(changed)).await?;
    tx.commit().await?;
    http.accounts.move_to_zone(id, &workspace.time_zone);
    Ok(axum::Json(WorkspaceJson::of(workspace, caller.role, true)))
}
