//! `POST /api/v1/whatsapp/accounts/{accountId}/pause`: closes the connection and keeps the session.

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

/// Pause an account
///
/// Closes the connection and keeps the session. The account stays paused when the server restarts. WhatsApp stores
/// what arrives in the meantime, and unlinks a device that stays away for too long (about 14 days). A pairing in
/// progress ends. Pausing a paused account is not an error.
#[utoipa::path(
    post, path = "/api/v1/whatsapp/accounts/{accountId}/pause", tag = "whatsapp", operation_id = "pauseAccount",
    security(("bearer" = ["whatsapp:disconnect"]), ("apiKey" = ["whatsapp:disconnect"])),
    params(("accountId" = uuid::Uuid, Path, description = "The account's id.")),
    responses(
        (status = 200, description = "The account, which is now paused.", body = AccountJson),
        Refusals<(AccountNotFound, NotLinked)>,
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    caller: Permitted<Disconnect>,
    AccountPath(id): AccountPath,
) -> Result<Json<AccountJson>, ApiError> {
    reach::account(&http, &caller, id).await?;
    let account = http.accounts.pause(id, caller.did(Action::AccountPaused).on(id)).await?;
    Ok(Json(AccountJson::of(&http, account)))
}
