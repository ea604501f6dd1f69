//! With whom an account is shared.

pub(in crate::http) mod list;
pub(in crate::http) mod share;
pub(in crate::http) mod unshare;

use linekeeper_model::id::UserId;
use linekeeper_storage::Tx;

use crate::http::answer::error::ApiError;
use crate::http::auth::Caller;

/// Refuses somebody who is not in the caller's workspace, as if nobody had that id.
async fn require_member(tx: &mut Tx, caller: &Caller, user: UserId) -> Result<(), ApiError> {
    let member = tx.members().get(caller.workspace_id, user).await?;
    member.map(drop).ok_or(ApiError::MemberNotFound)
}
