//! `POST /api/v1/whatsapp/connect`: creates an account and starts its pairing, or links an existing one again.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use linekeeper_model::account::DisplayName;
use linekeeper_model::id::AccountId;
use linekeeper_model::limits::DailyLimit;
use linekeeper_model::phone::PhoneNumber;
use serde_json::Value;
use utoipa::ToSchema;

use super::account_json::AccountJson;
use super::reach;
use crate::accounts::NewAccount;
use crate::http::auth::{Connect, Permitted};
use crate::http::body::Json;
use crate::http::error::ApiError;
use crate::http::fields::{Fault, Fields, FromFields, parsed, text, whole_number};
use crate::http::state::Shared;

/// Which account is to be connected.
#[derive(ToSchema)]
#[schema(as = Connect, rename_all = "camelCase")]
#[expect(dead_code, reason = "describes the body for the document; `Wish` is what is read from it")]
pub(in crate::http) struct Body {
    /// What people call the account. Required unless `accountId` is given.
    #[schema(min_length = 1, max_length = 100, example = "Shop")]
    display_name: Option<String>,
    /// The only number that may be linked, in E.164.
    #[schema(example = "+15551234567")]
    phone_number: Option<String>,
    /// How to pair. So far `qr` alone, which is the default.
    #[schema(example = "qr")]
    method: Option<String>,
    /// Messages that it may send in a day; 1000 unless given.
    #[schema(minimum = 1, maximum = 100_000, example = 1000)]
    daily_limit: Option<u32>,
    /// An existing account to link again. It keeps its name, number and limit whatever else is sent.
    account_id: Option<uuid::Uuid>,
}

/// What a caller may wish for.
pub(in crate::http) enum Wish {
    New { display_name: DisplayName, phone: Option<PhoneNumber>, daily_limit: DailyLimit },
    Again(AccountId),
}

impl FromFields for Wish {
    fn read(fields: &mut Fields) -> Option<Self> {
        let account_id = fields.optional("accountId", parsed);
        let display_name = match account_id {
            Some(None) => fields.required("displayName", parsed).map(Some),
            _ => fields.optional("displayName", parsed),
        };
        let phone = fields.optional("phoneNumber", parsed);
        let daily_limit = fields.optional("dailyLimit", daily_limit);
        let method = fields.optional("method", method);
        let proxy = fields.optional("proxy", |_| Err::<(), _>(Fault::unsupported("is not supported yet")));

        let (account_id, display_name, phone) = (account_id?, display_name?, phone?);
        let (daily_limit, ()) = (daily_limit?.unwrap_or_default(), method?.and(proxy?).unwrap_or_default());
        match (account_id, display_name) {
            (Some(id), _) => Some(Self::Again(id)),
            (None, Some(display_name)) => Some(Self::New { display_name, phone, daily_limit }),
            (None, None) => None,
        }
    }
}

fn daily_limit(value: Value) -> Result<DailyLimit, Fault> {
    DailyLimit::new(whole_number(value)?).map_err(|error| Fault::new("out_of_range", error))
}

fn method(value: Value) -> Result<(), Fault> {
    match text(value)?.as_str() {
        "qr" => Ok(()),
        _ => Err(Fault::unsupported("must be `qr`, the only method so far")),
    }
}

/// Connect an account
///
/// Creates an account and starts its pairing: fetch its QR code next. With `accountId`, links that account again,
/// or brings it online with the session that it has. Fields that are not known are refused by name.
#[utoipa::path(
    post, path = "/api/v1/whatsapp/connect", tag = "whatsapp", operation_id = "connect",
    security(("bearer" = ["whatsapp:connect"]), ("apiKey" = ["whatsapp:connect"])),
    request_body(content = Body, example = json!({ "displayName": "Shop", "phoneNumber": "+15551234567" })),
    responses(
        (status = 201, description = "Created; pairing has begun.", body = AccountJson,
         headers(("Location" = String, description = "The account."))),
        (status = 200, description = "The existing account, linking again.", body = AccountJson),
        (status = 403, description = "`permission_denied`, or `account_limit_reached`: this server may not hold more."),
        (status = 404, description = "`account_not_found`: no account of that `accountId`."),
        (status = 409, description = "`already_connected`, `phone_number_taken`."),
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    caller: Permitted<Connect>,
    Json(wish): Json<Wish>,
) -> Result<Response, ApiError> {
    match wish {
        Wish::Again(id) => {
            reach::account(&http, &caller, id).await?;
            let account = http.accounts.link(id).await?;
            Ok(axum::Json(AccountJson::of(&http, account)).into_response())
        }
        Wish::New { display_name, phone, daily_limit } => {
            let (workspace_id, user_id) = (caller.workspace_id, caller.user_id);
            let new = NewAccount { workspace_id, user_id, display_name, phone, daily_limit };
            let account = http.accounts.create(new).await?;
            let location = [(header::LOCATION, format!("/api/v1/whatsapp/accounts/{}", account.id))];
            let body = axum::Json(AccountJson::of(&http, account));
            Ok((StatusCode::CREATED, location, body).into_response())
        }
    }
}
