//! `GET /api/v1/members/{userId}`: one member.

use axum::Json;
use axum::extract::State;

use super::member_json::MemberJson;
use super::of_workspace;
use crate::http::answer::error::ApiError;
use crate::http::answer::error::named::*;
use crate::http::auth::{ManageMembers, Permitted};
use crate::http::document::Refusals;
use crate::http::request::path::UserPath;
use crate::http::state::Shared;

/// Show a member
///
/// Returns a member of the workspace that you work in. Members of other workspaces are reported as not found.
#[utoipa::path(
    get, path = "/api/v1/members/{userId}", tag = "members", operation_id = "showMember",
    security(("bearer" = ["members:manage"]), ("apiKey" = ["members:manage"])),
    params(("userId" = uuid::Uuid, Path, description = "The member's id.")),
    responses(
        (status = 200, description = "The member.", body = MemberJson),
        Refusals<MemberNotFound>,
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    caller: Permitted<ManageMembers>,
    UserPath(user): UserPath,
) -> Result<Json<MemberJson>, ApiError> {
    let mut tx = http.storage.read().await?;
    Ok(Json(of_workspace(&mut tx, &caller, user).await?.into()))
}
