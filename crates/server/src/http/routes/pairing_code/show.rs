//! `GET /api/v1/whatsapp/accounts/{accountId}/pairing-code`: the current pairing code of an account.

use axum::Json;
use axum::extract::State;

use super::PairingCodeJson;
use crate::http::answer::error::ApiError;
use crate::http::answer::error::named::*;
use crate::http::auth::{Connect, Permitted};
use crate::http::document::Refusals;
use crate::http::request::path::AccountPath;
use crate::http::routes::accounts::reach;
use crate::http::state::Shared;

/// Pairing code of an account
///
/// Returns the pairing code that was asked for. The server waits up to 10 s until WhatsApp gives it. WhatsApp may
/// replace a code, for example after a wrong attempt; the old code then no longer works. Anybody who has the phone
/// and the code can link the account, so the request needs `whatsapp:connect`.
#[utoipa::path(
    get, path = "/api/v1/whatsapp/accounts/{accountId}/pairing-code", tag = "whatsapp", operation_id = "pairingCode",
    security(("bearer" = ["whatsapp:connect"]), ("apiKey" = ["whatsapp:connect"])),
    params(("accountId" = uuid::Uuid, Path, description = "The account's id.")),
    responses(
        (status = 200, description = "The code.", body = PairingCodeJson),
        Refusals<(
            AccountNotFound, CodeNotRequested, AlreadyConnected, PairingRejected, PasskeyAsked, CodeNotReady,
        )>,
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    caller: Permitted<Connect>,
    AccountPath(id): AccountPath,
) -> Result<Json<PairingCodeJson>, ApiError> {
    let account = reach::account(&http, &caller, id).await?;
    Ok(Json(http.accounts.shown_code(account).await?.into()))
}
