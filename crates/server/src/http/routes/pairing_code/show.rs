//! `GET /api/v1/whatsapp/accounts/{accountId}/pairing-code`: the code to type now.

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
/// Returns the code that was asked for. Waits up to 10 s for WhatsApp to give it. WhatsApp may replace a code: after
/// a wrong attempt, the old code no longer works. A person who has the code and the phone can link the account, so
/// this needs `whatsapp:connect`.
#[utoipa::path(
    get, path = "/api/v1/whatsapp/accounts/{accountId}/pairing-code", tag = "whatsapp", operation_id = "pairingCode",
    security(("bearer" = ["whatsapp:connect"]), ("apiKey" = ["whatsapp:connect"])),
    params(("accountId" = uuid::Uuid, Path, description = "The account.")),
    responses(
        (status = 200, description = "The code.", body = PairingCodeJson),
        (status = 404, description = "`account_not_found`."),
        (status = 409, description = "`code_not_requested`: there is no code, or it has expired. `already_connected`, \
                                      `pairing_rejected`, `passkey_asked`."),
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
