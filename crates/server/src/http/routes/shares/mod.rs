//! The shares of an account: members who have access to it although they did not connect it.

pub(in crate::http) mod list;
pub(in crate::http) mod share;
pub(in crate::http) mod unshare;

use linekeeper_model::id::UserId;
use linekeeper_model::user::Member;
use linekeeper_storage::Tx;

use crate::http::answer::error::ApiError;
use crate::http::auth::Caller;

/// The member of the caller's workspace. A user of another workspace is reported as not found.
async fn member(tx: &mut Tx, caller: &Caller, user: UserId) -> Result<Member, ApiError> {
    tx.members().get(caller.workspace_id, user).await?.ok_or(ApiError::MemberNotFound)
}
