//! `POST /api/v1/workspaces`: creates a workspace, which is a separate tenant.

use axum::extract::State;
use axum::http::StatusCode;
use linekeeper_model::access::Role;
use linekeeper_model::audit::Action;
use linekeeper_model::id::WorkspaceId;
use linekeeper_model::user::Workspace;

use super::texts::{WorkspaceName, ZoneName, refuse_external_id};
use super::workspace_json::WorkspaceJson;
use crate::http::answer::error::ApiError;
use crate::http::answer::error::named::*;
use crate::http::auth::{ManageWorkspace, Permitted};
use crate::http::document::Refusals;
use crate::http::request::body::Json;
use crate::http::request::declare::body;
use crate::http::state::Shared;

body! {
    /// The name and the time zone of the workspace to create.
    pub(in crate::http) struct Body as "NewWorkspace" {
        /// The name of the workspace, which people use to recognize it.
        #[example("Example Ltd")]
        name: WorkspaceName,
        /// The IANA time zone of the workspace. At midnight in this time zone, the daily counters start again at 0. The
        /// default is `UTC`.
        #[example("Europe/Madrid")]
        time_zone: Option<ZoneName>,
    }
    rules |fields| { refuse_external_id(fields) }
}

/// Create a workspace
///
/// Creates a workspace with you as its Owner. Your sign-in stays in the current workspace. To use the new one,
/// enter it. Workspaces share nothing, not even members.
#[utoipa::path(
    post, path = "/api/v1/workspaces", tag = "workspaces", operation_id = "createWorkspace",
    security(("bearer" = ["workspace:manage"])),
    request_body(content = Body, example = json!({ "name": "Example Ltd", "timeZone": "Europe/Madrid" })),
    responses(
        (status = 201, description = "The workspace.", body = WorkspaceJson),
        Refusals<SignInNeeded>,
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
        name: body.name.0,
        time_zone: body.time_zone.map_or_else(|| "UTC".to_owned(), |zone| zone.0),
        external_id: None,
        created_at: now,
    };
    let mut tx = http.storage.begin().await?;
    tx.workspaces().insert(&workspace).await?;
    tx.members().insert(workspace.id, caller.user_id, Role::Owner, true).await?;
    // The entry is in the audit log of the new workspace, because members of the current workspace need not know
    // about the new one.
    let made = caller.by().did(workspace.id, Action::WorkspaceCreated).on(workspace.id);
    tx.audit().append(&made).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, axum::Json(WorkspaceJson::of(workspace, Role::Owner, false))))
}
