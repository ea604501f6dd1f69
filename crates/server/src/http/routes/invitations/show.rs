//! `POST /api/v1/auth/invitation`: shows what an invitation link is about, to anybody who has it.

use axum::extract::State;
use jiff::Timestamp;
use linekeeper_model::access::Role;
use linekeeper_model::secret::Secret;
use serde::Serialize;
use utoipa::ToSchema;

use super::of_token;
use crate::http::answer::error::ApiError;
use crate::http::answer::error::named::*;
use crate::http::document::Refusals;
use crate::http::document::schema;
use crate::http::request::body::Json;
use crate::http::request::declare::body;
use crate::http::state::Shared;

body! {
    /// The token of the invitation to look at.
    pub(in crate::http) struct Body as "OpenInvitation" {
        /// The token: the part of the link after `#`.
        #[example("mY3nq0Vb5sT8wX1zC4dF7gJ2kL6pR9uA0eH5iO8yB3M")]
        token: Secret<String>,
    }
}

/// The workspace and the role that an invitation gives.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = OpenedInvitation)]
pub(in crate::http) struct Opened {
    #[schema(example = "ben@example.org")]
    email: String,
    #[schema(example = "Example Ltd")]
    workspace_name: String,
    #[schema(schema_with = schema::role)]
    role: Role,
    /// Whether the person already signs in on this server. If `true`, ask for the person's current password. If
    /// `false`, ask for a new password. Null if the link was shown to the inviter, because the inviter must not learn
    /// whether the person already signs in.
    #[schema(required = true)]
    has_password: Option<bool>,
    #[schema(value_type = String, format = DateTime, example = "2026-01-08T12:00:00Z")]
    expires_at: Timestamp,
}

/// Look at an invitation
///
/// Returns the workspace and the role that an invitation gives. Anybody who has the link can send this request, and
/// the link still works afterwards. The page `/invitation` sends this request; a page of your own can do the same.
#[utoipa::path(
    post, path = "/api/v1/auth/invitation", tag = "auth", operation_id = "openInvitation",
    request_body = Body,
    responses(
        (status = 200, description = "The invitation.", body = Opened),
        Refusals<InvitationInvalid>,
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    Json(body): Json<Body>,
) -> Result<axum::Json<Opened>, ApiError> {
    let mut tx = http.storage.read().await?;
    let invitation = of_token(&http, &mut tx, &body.token).await?;
    let workspace = tx.workspaces().get(invitation.workspace_id).await?.ok_or(ApiError::InvitationInvalid)?;
    let has_password = tx.users().by_email(&invitation.email).await?.is_some();
    Ok(axum::Json(Opened {
        has_password: invitation.is_mailed.then_some(has_password),
        email: invitation.email.to_string(),
        workspace_name: workspace.name,
        role: invitation.role,
        expires_at: invitation.expires_at,
    }))
}
