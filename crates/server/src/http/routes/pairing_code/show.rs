//! `GET /api/v1/whatsapp/accounts/{accountId}/pairing-code`: the current pairing code of an account.

use axum::Json;
use axum::extract::State;

use super::PairingCodeJson;
use crate::http::answer::error::ApiError;
use crate::http::auth::{Connect, Permitted};
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
        (status = 404, description = "`account_not_found`: there is no such account, or you have no access to it."),
        (status = 409, description = "`code_not_requested`: nobody asked for a code, or the code has expired. \
                                      `already_connected`: the account is already linked. `pairing_rejected`: WhatsApp \
                                      refused the pairing. `passkey_asked`: WhatsApp asks for the account's passkey \
                                      first."),
        (status = 503, description = "`code_not_ready`: WhatsApp has not given a code yet; ask again."),
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
