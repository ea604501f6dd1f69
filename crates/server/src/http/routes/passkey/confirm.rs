//! `POST /api/v1/whatsapp/accounts/{accountId}/passkey/confirm`: confirms that the codes on both sides are the same.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use linekeeper_model::audit::Action;

use crate::accounts::Pairing;
use crate::http::answer::error::ApiError;
use crate::http::answer::error::named::*;
use crate::http::auth::{Connect, Permitted};
use crate::http::document::Refusals;
use crate::http::request::path::AccountPath;
use crate::http::routes::accounts::account_json::AccountJson;
use crate::http::routes::accounts::reach;
use crate::http::state::Shared;

/// Confirm the passkey
///
/// Confirms that two codes are the same: the code that the phone shows, and the `code` in the answer to
/// `GET /api/v1/whatsapp/accounts/{accountId}/passkey`. A person must compare them before you send this request. If
/// the codes differ, somebody else is trying to link the account: disconnect the account instead.
#[utoipa::path(
    post, path = "/api/v1/whatsapp/accounts/{accountId}/passkey/confirm", tag = "whatsapp",
    operation_id = "confirmPasskey",
    security(("bearer" = ["whatsapp:connect"]), ("apiKey" = ["whatsapp:connect"])),
    params(("accountId" = uuid::Uuid, Path, description = "The account's id.")),
    responses(
        (status = 202, description = "The server has passed the confirmation on to WhatsApp.", body = AccountJson),
        Refusals<(AccountNotFound, PasskeyNotAsked, PasskeyRefused)>,
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    caller: Permitted<Connect>,
    AccountPath(id): AccountPath,
) -> Result<(StatusCode, Json<AccountJson>), ApiError> {
    reach::account(&http, &caller, id).await?;
    if !matches!(http.accounts.pairing(id), Pairing::Confirm(_)) {
        return Err(ApiError::PasskeyNotAsked);
    }
    let entry = caller.did(Action::PasskeyConfirmed).on(id);
    let account = http.accounts.confirm_passkey(id, entry).await?;
    Ok((StatusCode::ACCEPTED, Json(AccountJson::of(&http, account))))
}
