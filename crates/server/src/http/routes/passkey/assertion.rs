//! `POST /api/v1/whatsapp/accounts/{accountId}/passkey/assertion`: passes the passkey's answer on to WhatsApp.

use axum::extract::State;
use axum::http::StatusCode;
use linekeeper_model::audit::Action;
use serde_json::Value;
use utoipa::ToSchema;

use crate::accounts::{Assertion, Pairing};
use crate::http::answer::error::ApiError;
use crate::http::answer::error::named::*;
use crate::http::auth::{Connect, Permitted};
use crate::http::document::Refusals;
use crate::http::request::body::Json;
use crate::http::request::fields::{Fault, Fields, FromFields};
use crate::http::request::path::AccountPath;
use crate::http::routes::accounts::account_json::AccountJson;
use crate::http::routes::accounts::reach;
use crate::http::state::Shared;

/// The result of `PublicKeyCredential.toJSON()` in a browser. The object may contain more fields than the fields that
/// are described here. The server passes all fields on to WhatsApp unchanged.
#[derive(ToSchema)]
#[schema(as = PasskeyAssertion, rename_all = "camelCase")]
#[expect(dead_code, reason = "describes the body for the document; it is passed on whole")]
pub(in crate::http) struct Shape {
    /// The id of the credential. All binary values in this object are in base64url.
    #[schema(
        pattern = r"^([A-Za-z0-9_-]{4})*([A-Za-z0-9_-]{4}|[A-Za-z0-9_-][AQgw]|[A-Za-z0-9_-]{2}[AEIMQUYcgkosw048])$",
        example = "AQIDBA"
    )]
    raw_id: String,
    /// Always `public-key`.
    #[schema(pattern = "^public-key$", example = "public-key")]
    r#type: String,
    response: Response,
}

/// What the authenticator signed.
#[derive(ToSchema)]
#[schema(as = PasskeyResponse, rename_all = "camelCase")]
#[expect(dead_code, reason = "describes the body for the document; it is passed on whole")]
struct Response {
    #[schema(
        rename = "clientDataJSON",
        pattern = r"^([A-Za-z0-9_-]{4})*([A-Za-z0-9_-]{4}|[A-Za-z0-9_-][AQgw]|[A-Za-z0-9_-]{2}[AEIMQUYcgkosw048])$",
        example = "e30"
    )]
    client_data: String,
    #[schema(
        pattern = r"^([A-Za-z0-9_-]{4})*([A-Za-z0-9_-]{4}|[A-Za-z0-9_-][AQgw]|[A-Za-z0-9_-]{2}[AEIMQUYcgkosw048])$",
        example = "AAAA"
    )]
    authenticator_data: String,
    #[schema(
        pattern = r"^([A-Za-z0-9_-]{4})*([A-Za-z0-9_-]{4}|[A-Za-z0-9_-][AQgw]|[A-Za-z0-9_-]{2}[AEIMQUYcgkosw048])$",
        example = "AAAA"
    )]
    signature: String,
}

/// The answer of a passkey, in the request body.
pub(in crate::http) struct Body(Assertion);

impl FromFields for Body {
    fn read(fields: &mut Fields) -> Option<Self> {
        let whole = Value::Object(fields.rest());
        match Assertion::parse(&whole) {
            Ok(assertion) => Some(Self(assertion)),
            Err(error) => {
                fields.fail("response", Fault::new("invalid", error));
                None
            }
        }
    }
}

/// Send the answer of the passkey
///
/// Passes the answer of the account's passkey on to WhatsApp. WhatsApp checks the answer. Then watch the account.
/// Either its pairing goes on to the step `passkey_confirmation`, or the account is linked.
#[utoipa::path(
    post, path = "/api/v1/whatsapp/accounts/{accountId}/passkey/assertion", tag = "whatsapp",
    operation_id = "answerPasskey",
    security(("bearer" = ["whatsapp:connect"]), ("apiKey" = ["whatsapp:connect"])),
    params(("accountId" = uuid::Uuid, Path, description = "The account's id.")),
    request_body = Shape,
    responses(
        (status = 202, description = "The server has passed the answer on to WhatsApp.", body = AccountJson),
        Refusals<(AccountNotFound, PasskeyNotAsked, PasskeyRefused)>,
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    caller: Permitted<Connect>,
    AccountPath(id): AccountPath,
    Json(Body(assertion)): Json<Body>,
) -> Result<(StatusCode, axum::Json<AccountJson>), ApiError> {
    reach::account(&http, &caller, id).await?;
    if !matches!(http.accounts.pairing(id), Pairing::Passkey(_)) {
        return Err(ApiError::PasskeyNotAsked);
    }
    let entry = caller.did(Action::PasskeyAnswered).on(id);
    let account = http.accounts.answer_passkey(id, assertion, entry).await?;
    Ok((StatusCode::ACCEPTED, axum::Json(AccountJson::of(&http, account))))
}
