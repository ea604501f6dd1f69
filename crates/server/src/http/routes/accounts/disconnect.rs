//! `POST /api/v1/whatsapp/disconnect/{accountId}`: logs the linked device out and clears its session.

use axum::Json;
use axum::extract::State;
use linekeeper_model::audit::Action;

use super::account_json::AccountJson;
use super::reach;
use crate::http::answer::error::ApiError;
use crate::http::answer::error::named::*;
use crate::http::auth::{Disconnect, Permitted};
use crate::http::document::Refusals;
use crate::http::request::path::AccountPath;
use crate::http::state::Shared;

/// Disconnect an account
///
/// Logs the linked device out at WhatsApp, then destroys the session of the account and the key that encrypts it.
/// The account stays and can be linked again. If WhatsApp does not confirm the logout within a few seconds, the
/// account's status is `logout_pending`: until the logout succeeds, the server keeps the encrypted session and
/// tries again. Disconnecting twice is not an error; the second call tries a pending logout at once.
#[utoipa::path(
    post, path = "/api/v1/whatsapp/disconnect/{accountId}", tag = "whatsapp", operation_id = "disconnect",
    security(("bearer" = ["whatsapp:disconnect"]), ("apiKey" = ["whatsapp:disconnect"])),
    params(("accountId" = uuid::Uuid, Path, description = "The account's id.")),
    responses(
        (status = 200, description = "The account, with the reason `user_disconnected`, or `logout_pending` if WhatsApp has not confirmed the logout yet.", body = AccountJson),
        Refusals<AccountNotFound>,
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    caller: Permitted<Disconnect>,
    AccountPath(id): AccountPath,
) -> Result<Json<AccountJson>, ApiError> {
    reach::account(&http, &caller, id).await?;
    let account = http.accounts.disconnect(id, caller.did(Action::AccountDisconnected).on(id)).await?;
    Ok(Json(AccountJson::of(&http, account)))
}
