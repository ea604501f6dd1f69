//! `GET /api/v1/whatsapp/accounts/{accountId}`: one account.

use axum::Json;
use axum::extract::State;

use super::account_json::AccountJson;
use super::reach;
use crate::http::answer::error::ApiError;
use crate::http::answer::error::named::*;
use crate::http::auth::{Permitted, Read};
use crate::http::document::Refusals;
use crate::http::request::path::AccountPath;
use crate::http::state::Shared;

/// Show an account
///
/// Returns the account as it is now, without any data of its session.
#[utoipa::path(
    get, path = "/api/v1/whatsapp/accounts/{accountId}", tag = "whatsapp", operation_id = "showAccount",
    security(("bearer" = ["whatsapp:read"]), ("apiKey" = ["whatsapp:read"])),
    params(("accountId" = uuid::Uuid, Path, description = "The account's id.")),
    responses(
        (status = 200, description = "The account as it is now.", body = AccountJson),
        Refusals<AccountNotFound>,
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    caller: Permitted<Read>,
    AccountPath(id): AccountPath,
) -> Result<Json<AccountJson>, ApiError> {
    let account = reach::account(&http, &caller, id).await?;
    Ok(Json(AccountJson::of(&http, account)))
}
