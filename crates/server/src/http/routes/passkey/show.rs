//! `GET /api/v1/whatsapp/accounts/{accountId}/passkey`: WhatsApp's current request to the account's passkey.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::accounts::Pairing;
use crate::http::answer::error::ApiError;
use crate::http::answer::error::named::*;
use crate::http::auth::{Connect, Permitted};
use crate::http::document::Refusals;
use crate::http::request::path::AccountPath;
use crate::http::routes::accounts::reach;
use crate::http::state::Shared;

/// What WhatsApp asks for while an account with a passkey is linked.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Passkey)]
pub(in crate::http) struct PasskeyJson {
    step: Step,
    /// WebAuthn's `PublicKeyCredentialRequestOptions` as JSON, with `challenge` and the ids of `allowCredentials`
    /// in base64url. Null at the step `confirmation`.
    #[schema(required = true, value_type = Option<Object>,
             example = json!({ "challenge": "dGhlLWNoYWxsZW5nZQ", "rpId": "web.whatsapp.com", "userVerification": "required" }))]
    public_key: Option<Value>,
    /// The code that a person must compare with the code on the phone. Null at the step `assertion`. Also null if
    /// WhatsApp asks for no comparison.
    #[schema(required = true, example = json!(null))]
    code: Option<String>,
}

/// What WhatsApp waits for: the answer of the passkey (`assertion`), or a person who compares two codes
/// (`confirmation`).
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = PasskeyStep)]
enum Step {
    /// The passkey must answer: post its answer to `passkey/assertion`.
    Assertion,
    /// A person must compare `code` with the code on the phone: post to `passkey/confirm`.
    Confirmation,
}

/// Passkey of an account
///
/// While an account is being linked, WhatsApp may ask for the account's passkey. This request returns what WhatsApp
/// asks for now: the answer of the passkey, or a person who compares two codes. The passkey belongs to WhatsApp's own
/// site (`rpId` is `web.whatsapp.com`), and browsers use it only there. The pages of this server and your own pages
/// cannot use the passkey. The answer must come from an authenticator, or from a page that may use the passkey.
#[utoipa::path(
    get, path = "/api/v1/whatsapp/accounts/{accountId}/passkey", tag = "whatsapp", operation_id = "passkey",
    security(("bearer" = ["whatsapp:connect"]), ("apiKey" = ["whatsapp:connect"])),
    params(("accountId" = uuid::Uuid, Path, description = "The account's id.")),
    responses(
        (status = 200, description = "What WhatsApp asks for.", body = PasskeyJson),
        Refusals<(AccountNotFound, PasskeyNotAsked)>,
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    caller: Permitted<Connect>,
    AccountPath(id): AccountPath,
) -> Result<Json<PasskeyJson>, ApiError> {
    reach::account(&http, &caller, id).await?;
    let asked = match http.accounts.pairing(id) {
        Pairing::Passkey(options) => {
            let options = serde_json::from_str(&options).map_err(|error| ApiError::internal(&error))?;
            PasskeyJson { step: Step::Assertion, public_key: Some(options), code: None }
        }
        Pairing::Confirm(code) => PasskeyJson {
            step: Step::Confirmation,
            public_key: None,
            code: Some(code).filter(|code| !code.is_empty()),
        },
        _ => return Err(ApiError::PasskeyNotAsked),
    };
    Ok(Json(asked))
}
