//! `POST /api/v1/workspaces`: another tenant.

use axum::extract::State;
use axum::http::StatusCode;
use linekeeper_model::access::Role;
use linekeeper_model::audit::Action;
use linekeeper_model::id::WorkspaceId;
use linekeeper_model::user::Workspace;
use utoipa::ToSchema;

use super::texts;
use super::workspace_json::WorkspaceJson;
use crate::http::answer::error::ApiError;
use crate::http::auth::{ManageWorkspace, Permitted};
use crate::http::request::body::Json;
use crate::http::request::fields::{Fields, FromFields};
use crate::http::state::Shared;

/// What it is to be.
#[derive(ToSchema)]
#[schema(as = NewWorkspace, rename_all = "camelCase")]
pub(in crate::http) struct Body {
    #[schema(
        min_length = 1,
        max_length = 100,
        pattern = r"^[^\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]*[^\s\u0000-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8][^\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]*$",
        example = "Example Ltd"
    )]
    name: String,
    /// IANA time zone whose midnight resets the daily counters; `UTC` where absent.
    #[schema(value_type = Option<String>, example = "Europe/Madrid")]
    time_zone: Option<String>,
}

impl FromFields for Body {
    fn read(fields: &mut Fields) -> Option<Self> {
        let name = fields.required("name", texts::name);
        let time_zone = fields.optional("timeZone", texts::time_zone);
        texts::refuse_external_id(fields);
        Some(Self { name: name?, time_zone: time_zone? })
    }
}

/// Create a workspace
///
/// Creates a workspace with you as its Owner. You stay in the workspace that you work in; enter the new one to use
/// it. Workspaces share nothing, not even members.
#[utoipa::path(
    post, path = "/api/v1/workspaces", tag = "workspaces", operation_id = "createWorkspace",
    security(("bearer" = ["workspace:manage"])),
    request_body(content = Body, example = json!({ "name": "Example Ltd", "timeZone": "Europe/Madrid" })),
    responses(
        (status = 201, description = "The workspace.", body = WorkspaceJson),
        (status = 403, description = "`permission_denied`. `sign_in_needed`: an API key cannot."),
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    caller: Permitted<ManageWorkspace>,
    Json(body): Json<Body>,
) -> Result<(StatusCode, axum::Json<WorkspaceJson>), ApiError> {
    caller.sign_in()?;
    let now = http.clock.now();
    let workspace = Workspace {
        id: WorkspaceId::generate(now, &mut rand::rng()),
        name: body.name,
        time_zone: body.time_zone.unwrap_or_else(|| "UTC".to_owned()),
        external_id: None,
        created_at: now,
    };
    let mut tx = http.storage.begin().await?;
    tx.workspaces().insert(&workspace).await?;
    tx.members().insert(workspace.id, caller.user_id, Role::Owner, true).await?;
    // In its own chain: those of the workspace that they came from need not know.
    let made = caller.by().did(workspace.id, Action::WorkspaceCreated).on(workspace.id);
    tx.audit().append(&made).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, axum::Json(WorkspaceJson::of(workspace, Role::Owner, false))))
}
