//! `DELETE /api/v1/whatsapp/accounts/{accountId}/shares/{userId}`: stops sharing an account with a
//! member.

use axum::extract::State;
use axum::http::StatusCode;
use linekeeper_model::audit::Action;

use super::member;
use crate::http::answer::error::ApiError;
use crate::http::answer::error::named::*;
use crate::http::auth::{Permitted, Update};
use crate::http::document::Refusals;
use crate::http::request::path::SharePath;
use crate::http::routes::accounts::reach;
use crate::http::state::Shared;

/// Stop sharing an account
///
/// Stops sharing the account with the member. The member loses access to the account, unless they connected it or
/// have access because of their role. If the account was not shared with them, nothing changes.
#[utoipa::path(
    delete, path = "/api/v1/whatsapp/accounts/{accountId}/shares/{userId}", tag = "whatsapp",
    operation_id = "unshareAccount",
    security(("bearer" = ["whatsapp:update"]), ("apiKey" = ["whatsapp:update"])),
    params(
        ("accountId" = uuid::Uuid, Path, description = "The account's id."),
        ("userId" = uuid::Uuid, Path, description = "The member's id."),
    ),
    responses(
        (status = 204, description = "The account is no longer shared with the member, or never was."),
        Refusals<(MemberNotFound, AccountNotFound)>,
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    caller: Permitted<Update>,
    SharePath(account, user): SharePath,
) -> Result<StatusCode, ApiError> {
    reach::account(&http, &caller, account).await?;
    let mut tx = http.storage.begin().await?;
    member(&mut tx, &caller, user).await?;
    if tx.shares().delete(account, user).await? {
        tx.audit().append(&caller.did(Action::AccountUnshared).on(account).with("userId", user)).await?;
        tx.commit().await?;
    }
    Ok(StatusCode::NO_CONTENT)
}
