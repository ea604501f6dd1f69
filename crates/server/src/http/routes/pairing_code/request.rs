//! `POST /api/v1/whatsapp/accounts/{accountId}/pairing-code`: asks WhatsApp for a code to type on the phone.

use axum::extract::State;
use linekeeper_model::audit::Action;
use linekeeper_model::phone::PhoneNumber;

use super::PairingCodeJson;
use crate::http::answer::error::ApiError;
use crate::http::answer::error::named::*;
use crate::http::auth::{Connect, Permitted};
use crate::http::document::Refusals;
use crate::http::request::body::OptionalJson;
use crate::http::request::declare::body;
use crate::http::request::path::AccountPath;
use crate::http::routes::accounts::reach;
use crate::http::state::Shared;

body! {
    /// The phone that the code is for.
    pub(in crate::http) struct Body as "PairingCodeRequest" {
        /// The phone's number in E.164. Required if the server does not know the account's number. If the server knows
        /// the number, you cannot give another number.
        #[example("+15551234567")]
        phone_number: Option<PhoneNumber>,
    }
}

/// Ask for a pairing code
///
/// Switches the pairing in progress to a code, or starts a new pairing. The server waits up to 10 s until WhatsApp
/// gives the code. If there is already a code for this phone that works for at least another minute, the server
/// returns that code. This is because WhatsApp gives out only a limited number of codes, and then refuses for a
/// while (`pairing_rejected`). Anybody who has the phone and the code can link the account.
#[utoipa::path(
    post, path = "/api/v1/whatsapp/accounts/{accountId}/pairing-code", tag = "whatsapp",
    operation_id = "requestPairingCode",
    security(("bearer" = ["whatsapp:connect"]), ("apiKey" = ["whatsapp:connect"])),
    params(("accountId" = uuid::Uuid, Path, description = "The account's id.")),
    request_body(content = Body, example = json!({ "phoneNumber": "+15551234567" })),
    responses(
        (status = 200, description = "The code.", body = PairingCodeJson),
        Refusals<(
            AccountNotFound, AlreadyConnected, PairingRejected, PasskeyAsked, TooManyPairings, CodeNotReady,
        )>,
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    caller: Permitted<Connect>,
    AccountPath(id): AccountPath,
    OptionalJson(body): OptionalJson<Body>,
) -> Result<axum::Json<PairingCodeJson>, ApiError> {
    let account = reach::account(&http, &caller, id).await?;
    let phone = account.number_for_a_code(body.phone_number)?;
    let entry = caller.did(Action::PairingCodeRequested).on(id);
    let code = http.accounts.ask_for_code(account, phone, entry).await?;
    Ok(axum::Json(code.into()))
}
