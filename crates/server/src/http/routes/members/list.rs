//! `GET /api/v1/members`: lists the members of the workspace.

use axum::Json;
use axum::extract::State;

use super::member_json::MemberJson;
use crate::http::answer::error::ApiError;
use crate::http::auth::{ManageMembers, Permitted};
use crate::http::request::paging::{Page, listed};
use crate::http::request::query::Query;
use crate::http::state::Shared;

listed! {
    /// A page of members, with the cursor of the next page.
    Members as MemberPage of MemberJson
}

/// List members
///
/// Returns all members of the workspace. The person who has been a user for the longest time comes first.
#[utoipa::path(
    get, path = "/api/v1/members", tag = "members", operation_id = "listMembers",
    security(("bearer" = ["members:manage"]), ("apiKey" = ["members:manage"])),
    params(Page),
    responses((status = 200, description = "A page of members.", body = Members)),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    caller: Permitted<ManageMembers>,
    Query(page): Query<Page>,
) -> Result<Json<Members>, ApiError> {
    let mut tx = http.storage.read().await?;
    let found = tx.members().list(caller.workspace_id, page.after(), page.rows()).await?;
    Ok(page.cut(found, |member| member.user.id.as_uuid()).into())
}
