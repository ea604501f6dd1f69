//! `GET /api/v1/invitations`: lists the invitations that can still be accepted.

use axum::Json;
use axum::extract::State;

use super::invitation_json::InvitationJson;
use crate::http::answer::error::ApiError;
use crate::http::auth::{ManageMembers, Permitted};
use crate::http::request::paging::{Page, listed};
use crate::http::request::query::Query;
use crate::http::state::Shared;

listed! {
    /// A page of invitations, with the cursor of the next page.
    Invitations as InvitationPage of InvitationJson
}

/// List invitations
///
/// Returns the invitations that can still be accepted, without their links, oldest first.
#[utoipa::path(
    get, path = "/api/v1/invitations", tag = "members", operation_id = "listInvitations",
    security(("bearer" = ["members:manage"]), ("apiKey" = ["members:manage"])),
    params(Page),
    responses((status = 200, description = "A page of invitations.", body = Invitations)),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    caller: Permitted<ManageMembers>,
    Query(page): Query<Page>,
) -> Result<Json<Invitations>, ApiError> {
    let mut tx = http.storage.read().await?;
    let found = tx.invitations().list(caller.workspace_id, page.after(), page.rows()).await?;
    Ok(page.cut(found, |invitation| invitation.id.as_uuid()).into())
}
