//! `PUT /api/v1/whatsapp/accounts/{accountId}/shares/{userId}`: shares an account with a member.

use axum::extract::State;
use axum::http::StatusCode;
use linekeeper_model::access::Grant;
use linekeeper_model::audit::Action;

use super::member;
use crate::http::answer::error::ApiError;
use crate::http::answer::error::named::*;
use crate::http::auth::{Permitted, Update};
use crate::http::document::Refusals;
use crate::http::request::path::SharePath;
use crate::http::routes::accounts::reach;
use crate::http::state::Shared;

/// Share an account
///
/// Gives a member access to the account. What the member may do with it depends on their role. With an API key,
/// you can share an account only if the key itself has every right that the member gets on the account. An API key
/// that has `networks`, or that expires, cannot share. Sharing twice is not an error.
#[utoipa::path(
    put, path = "/api/v1/whatsapp/accounts/{accountId}/shares/{userId}", tag = "whatsapp", operation_id = "shareAccount",
    security(("bearer" = ["whatsapp:update"]), ("apiKey" = ["whatsapp:update"])),
    params(
        ("accountId" = uuid::Uuid, Path, description = "The account's id."),
        ("userId" = uuid::Uuid, Path, description = "The member's id."),
    ),
    responses(
        (status = 204, description = "The account is shared."),
        Refusals<(BeyondKey, MemberNotFound, AccountNotFound)>,
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    caller: Permitted<Update>,
    SharePath(account, user): SharePath,
) -> Result<StatusCode, ApiError> {
    reach::account(&http, &caller, account).await?;
    let mut tx = http.storage.begin().await?;
    let member = member(&mut tx, &caller, user).await?;
    caller.now(&http, &mut tx).await?.authority().may_give(&Grant::of_share(member.role))?;
    if tx.shares().insert(account, user).await? {
        tx.audit().append(&caller.did(Action::AccountShared).on(account).with("userId", user)).await?;
        tx.commit().await?;
    }
    Ok(StatusCode::NO_CONTENT)
}
