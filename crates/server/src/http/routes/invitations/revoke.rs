//! `DELETE /api/v1/invitations/{invitationId}`: takes an invitation back.

use axum::extract::State;
use axum::http::StatusCode;
use linekeeper_model::audit::Action;

use crate::http::answer::error::ApiError;
use crate::http::answer::error::named::*;
use crate::http::auth::{ManageMembers, Permitted};
use crate::http::document::Refusals;
use crate::http::request::path::InvitationPath;
use crate::http::routes::members::require_owner;
use crate::http::state::Shared;

/// Take an invitation back
///
/// Withdraws an invitation: its link stops working. Only an Owner can take back an invitation that makes somebody
/// an Owner.
#[utoipa::path(
    delete, path = "/api/v1/invitations/{invitationId}", tag = "members", operation_id = "revokeInvitation",
    security(("bearer" = ["members:manage"]), ("apiKey" = ["members:manage"])),
    params(("invitationId" = uuid::Uuid, Path, description = "The invitation's id.")),
    responses(
        (status = 204, description = "The invitation is withdrawn."),
        Refusals<(OwnerNeeded, InvitationNotFound)>,
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    caller: Permitted<ManageMembers>,
    InvitationPath(id): InvitationPath,
) -> Result<StatusCode, ApiError> {
    let mut tx = http.storage.begin().await?;
    let taken = tx.invitations().take(caller.workspace_id, id).await?.ok_or(ApiError::InvitationNotFound)?;
    // If the caller is refused here, the transaction ends without a commit, and the invitation stays.
    require_owner(&caller, [taken.role])?;
    tx.audit().append(&caller.did(Action::InvitationRevoked).on(id)).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
