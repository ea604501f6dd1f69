//! The members of a workspace and their roles. Only Owners may make, change or remove Owners, and at least one Owner
//! remains.

pub(in crate::http) mod list;
pub(in crate::http) mod mails;
mod member_json;
pub(in crate::http) mod remove;
pub(in crate::http) mod show;
pub(in crate::http) mod update;

use linekeeper_model::access::Role;
use linekeeper_model::id::UserId;
use linekeeper_model::user::Member;
use linekeeper_storage::Tx;

use crate::http::answer::error::ApiError;
use crate::http::auth::Caller;

/// Finds a member of the caller's workspace. If the user is not a member, the error is `member_not_found`.
async fn of_workspace(tx: &mut Tx, caller: &Caller, user: UserId) -> Result<Member, ApiError> {
    tx.members().get(caller.workspace_id, user).await?.ok_or(ApiError::MemberNotFound)
}

/// Refuses a caller who would make, change or remove an Owner without being an Owner.
pub(in crate::http) fn require_owner(
    caller: &Caller,
    roles: impl IntoIterator<Item = Role>,
) -> Result<(), ApiError> {
    if caller.role != Role::Owner && roles.into_iter().any(|role| role == Role::Owner) {
        return Err(ApiError::OwnerNeeded);
    }
    Ok(())
}

/// Refuses if the workspace would have no Owner left. Until the transaction ends, no other request can remove an
/// Owner.
async fn require_another_owner(tx: &mut Tx, member: &Member) -> Result<(), ApiError> {
    if member.role == Role::Owner && tx.members().owners(member.workspace_id).await? <= 1 {
        return Err(ApiError::LastOwner);
    }
    Ok(())
}
