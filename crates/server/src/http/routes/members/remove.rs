//! `DELETE /api/v1/members/{userId}`: removes a member from the workspace.

use axum::extract::State;
use axum::http::{Method, StatusCode};
use linekeeper_model::access::{Permission, Role};
use linekeeper_model::audit::Action;
use linekeeper_model::id::UserId;
use linekeeper_storage::Tx;

use super::{of_workspace, require_another_owner, require_owner};
use crate::credentials::membership;
use crate::http::answer::error::ApiError;
use crate::http::answer::error::named::*;
use crate::http::auth::Caller;
use crate::http::document::Refusals;
use crate::http::request::path::UserPath;
use crate::http::state::Shared;

/// Remove a member
///
/// Removes a member from the workspace. The member's API keys and sign-ins in this workspace, and the invitations
/// that they made, stop working at once. The accounts that they connected stay online and become yours. If you
/// remove yourself, the accounts go to the Owner who has been a user for the longest time. A user who is no longer
/// in any workspace is deleted. Only an Owner can remove an Owner, and the last Owner cannot be removed. A user
/// who is signed in can always remove themselves, unless they are the last Owner.
#[utoipa::path(
    delete, path = "/api/v1/members/{userId}", tag = "members", operation_id = "removeMember",
    security(("bearer" = ["members:manage"]), ("apiKey" = ["members:manage"])),
    params(("userId" = uuid::Uuid, Path, description = "The member's id.")),
    responses(
        (status = 204, description = "The member is removed."),
        Refusals<(OwnerNeeded, MemberNotFound, LastOwner)>,
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    caller: Caller,
    UserPath(user): UserPath,
) -> Result<StatusCode, ApiError> {
    caller.require_patience(&Method::DELETE)?;
    let leaves = caller.user_id == user && caller.sign_in().is_ok();
    if !leaves {
        caller.require(Permission::MembersManage)?;
    }
    let mut tx = http.storage.begin().await?;
    let member = of_workspace(&mut tx, &caller, user).await?;
    require_owner(&caller, [member.role])?;
    require_another_owner(&mut tx, &member).await?;
    let heir = heir(&mut tx, &caller, user).await?;
    membership::end(&mut tx, caller.workspace_id, user, heir, http.clock.now()).await?;
    tx.audit().append(&caller.did(Action::MemberRemoved).on(user).with("heirId", heir)).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The member who gets the accounts of the removed member `leaving`.
async fn heir(tx: &mut Tx, caller: &Caller, leaving: UserId) -> Result<UserId, ApiError> {
    if caller.user_id != leaving {
        return Ok(caller.user_id);
    }
    let members = tx.members().of_workspace(caller.workspace_id).await?;
    let owner = members.iter().find(|member| member.role == Role::Owner && member.user.id != leaving);
    owner.map(|owner| owner.user.id).ok_or(ApiError::LastOwner)
}
