//! A workspace in the JSON of the API.

use jiff::Timestamp;
use linekeeper_model::access::Role;
use linekeeper_model::user::Workspace;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::document::schema;

/// A workspace, and the role of the caller in it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Workspace)]
pub(in crate::http) struct WorkspaceJson {
    #[schema(example = "01890a5d-ac96-774b-bcce-b302099a8000")]
    id: Uuid,
    #[schema(example = "Example Ltd")]
    name: String,
    /// The IANA time zone of the workspace. At midnight in this time zone, the daily counters start again at 0.
    #[schema(example = "Europe/Madrid")]
    time_zone: String,
    /// The name of this workspace in the tokens that the CRM makes and this server trusts. Null if the workspace has no
    /// such name.
    #[schema(required = true, example = "tenant-7")]
    external_id: Option<String>,
    /// Your role in this workspace.
    #[schema(schema_with = schema::role)]
    role: Role,
    /// Whether this is the workspace that you work in.
    current: bool,
    #[schema(value_type = String, format = DateTime, example = "2026-01-01T12:00:00Z")]
    created_at: Timestamp,
}

impl WorkspaceJson {
    pub(super) fn of(workspace: Workspace, role: Role, current: bool) -> Self {
        Self {
            id: workspace.id.as_uuid(),
            name: workspace.name,
            time_zone: workspace.time_zone,
            external_id: workspace.external_id,
            role,
            current,
            created_at: workspace.created_at,
        }
    }
}
