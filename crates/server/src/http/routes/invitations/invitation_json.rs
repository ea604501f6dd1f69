//! An invitation in the JSON of the API.

use jiff::Timestamp;
use linekeeper_model::access::Role;
use linekeeper_storage::Invitation;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::document::schema;

/// An invitation to become a member.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Invitation)]
pub(in crate::http) struct InvitationJson {
    #[schema(example = "01890a5d-ac96-774b-bcce-b302099a8057")]
    id: Uuid,
    #[schema(example = "ben@example.org")]
    email: String,
    /// The role that the person gets.
    #[schema(schema_with = schema::role)]
    role: Role,
    /// The user who made the invitation. Null if that user no longer exists.
    #[schema(required = true, example = "01890a5d-ac96-774b-bcce-b302099a8000")]
    created_by: Option<Uuid>,
    #[schema(value_type = String, format = DateTime, example = "2026-01-01T12:00:00Z")]
    created_at: Timestamp,
    #[schema(value_type = String, format = DateTime, example = "2026-01-08T12:00:00Z")]
    expires_at: Timestamp,
}

impl From<Invitation> for InvitationJson {
    fn from(invitation: Invitation) -> Self {
        Self {
            id: invitation.id.as_uuid(),
            email: invitation.email.to_string(),
            role: invitation.role,
            created_by: invitation.created_by.map(|user| user.as_uuid()),
            created_at: invitation.created_at,
            expires_at: invitation.expires_at,
        }
    }
}
