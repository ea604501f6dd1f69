//! `POST /api/v1/whatsapp/connect`: creates an account and starts its pairing, or links an existing one again.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use linekeeper_model::account::{DeviceProfile, DisplayName, Metadata, Tags};
use linekeeper_model::audit::Action;
use linekeeper_model::id::AccountId;
use linekeeper_model::limits::DailyLimit;
use linekeeper_model::pairing::Method;
use linekeeper_model::phone::{Identity, PhoneNumber};
use linekeeper_model::proxy::ProxyUrl;
use serde_json::{Value, json};

use super::account_json::AccountJson;
use super::details::DeviceFields;
use super::reach;
use crate::accounts::NewAccount;
use crate::http::answer::error::ApiError;
use crate::http::answer::error::named::*;
use crate::http::auth::{Caller, Connect, Permitted};
use crate::http::document::Refusals;
use crate::http::request::body::Json;
use crate::http::request::declare::body;
use crate::http::request::fault::{Fault, Faults};
use crate::http::request::value::{FromValue, text};
use crate::http::state::{Http, Shared};

body! {
    /// The new account to connect, or the existing account to link again.
    pub(in crate::http) struct Body as "Connect" {
        /// The name of the account, which people use to recognize it. Required unless `accountId` is given.
        #[example("Shop")]
        display_name: Option<DisplayName>,
        /// How to pair: `qr` (the default) or `pairingCode`.
        #[example("qr")]
        method: Option<PairingMethod>,
        /// The only number that may be linked, in E.164. Required for `pairingCode` if the account's number is not known yet.
        #[example("+15551234567")]
        phone_number: Option<PhoneNumber>,
        /// The maximum number of messages that the account may send in a day. The default is 1000.
        #[example(1000)]
        daily_limit: Option<DailyLimit>,
        /// The proxy through which the account connects: `socks5://`, `http://` or `https://`, with user and
        /// password if the proxy requires them. The server stores the address encrypted, and never shows the user
        /// and password.
        #[example("socks5://user:password@proxy.example:1080")]
        proxy: Option<ProxyUrl>,
        /// How the linked device appears in the phone's list of linked devices.
        device: Option<DeviceFields>,
        /// Up to 20 tags of 1 to 40 characters each.
        #[example(["north", "shop"])]
        tags: Option<Tags>,
        /// Up to 30 texts of your own, such as the ids that other programs use for the account. Each text has a name,
        /// and at most 500 characters.
        #[example({ "crm.id": "77" })]
        metadata: Option<Metadata>,
        /// An existing account to link again. The server then uses only `method`, `replacePhone` and, if `method`
        /// is `pairingCode`, `phoneNumber`. It ignores the other fields.
        account_id: Option<AccountId>,
        /// `true` lets you link a different phone than before. `true` is allowed only together with `accountId`. The
        /// account must not be linked at the moment, and it must have been created without `phoneNumber`. The account
        /// keeps its id, its settings and its events.
        #[example(false)]
        replace_phone: Option<bool>,
    }
    rules |fields| {
        if matches!(account_id, Some(None)) {
            if matches!(display_name, Some(None)) {
                fields.require("displayName");
            }
            if method == Some(Some(PairingMethod::PairingCode)) && matches!(phone_number, Some(None)) {
                fields.require("phoneNumber");
            }
            if replace_phone == Some(Some(true)) {
                fields.fail("replacePhone", Fault::new("invalid", "must not be true without accountId"));
            }
        }
    }
    schema |body| {
        let given = |name: &str| json!({ "required": [name], "properties": { name: { "type": "string" } } });
        body["anyOf"] = json!([given("displayName"), given("accountId")]);
        body["if"] = json!({ "required": ["method"], "properties": { "method": { "const": "pairingCode" } } });
        body["then"] = json!({ "anyOf": [given("phoneNumber"), given("accountId")] });
    }
}

/// How to pair.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum PairingMethod {
    #[default]
    Qr,
    PairingCode,
}

impl FromValue for PairingMethod {
    fn read(value: Value) -> Result<Self, Faults> {
        match text(value)?.as_str() {
            "qr" => Ok(Self::Qr),
            "pairingCode" => Ok(Self::PairingCode),
            _ => Err(Fault::unsupported("must be `qr` or `pairingCode`").into()),
        }
    }

    fn schema() -> Value {
        json!({ "type": "string", "enum": ["qr", "pairingCode"] })
    }
}

/// Connect an account
///
/// Creates an account and starts its pairing. Next, get its QR code or its pairing code. With `accountId`, the server
/// links that account again, or brings it online with its existing session. An unknown field is refused, and the
/// error names it.
#[utoipa::path(
    post, path = "/api/v1/whatsapp/connect", tag = "whatsapp", operation_id = "connect",
    security(("bearer" = ["whatsapp:connect"]), ("apiKey" = ["whatsapp:connect"])),
    request_body(content = Body, example = json!({ "displayName": "Shop", "phoneNumber": "+15551234567" })),
    responses(
        (status = 201, description = "The account was created and its pairing has begun.", body = AccountJson,
         headers(("Location" = String, description = "The path of the account."))),
        (status = 200, description = "The existing account. It is being linked again, or it connects with its existing session.", body = AccountJson),
        Refusals<(LimitedToAccounts, AccountLimitReached, AccountNotFound, AlreadyConnected, PhoneNumberTaken, TooManyPairings)>,
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    caller: Permitted<Connect>,
    Json(body): Json<Body>,
) -> Result<Response, ApiError> {
    match body.account_id {
        Some(id) => link_again(&http, &caller, id, body).await,
        None => create(&http, &caller, body).await,
    }
}

async fn link_again(http: &Http, caller: &Caller, id: AccountId, body: Body) -> Result<Response, ApiError> {
    let replaces_phone = body.replace_phone.unwrap_or_default();
    let mut account = reach::account(http, caller, id).await?;
    if replaces_phone && !account.number_given {
        account.identity = Identity::default();
    }
    let method = match body.method.unwrap_or_default() {
        PairingMethod::Qr => Method::Qr,
        PairingMethod::PairingCode => Method::Code(account.number_for_a_code(body.phone_number)?),
    };
    let entry = caller.did(Action::AccountConnected).on(id);
    let entry = if replaces_phone { entry.with("replacePhone", true) } else { entry };
    let account = match replaces_phone {
        true => http.accounts.replace_phone(id, method, entry).await?,
        false => http.accounts.link(id, method, entry).await?,
    };
    Ok(axum::Json(AccountJson::of(http, account)).into_response())
}

async fn create(http: &Http, caller: &Caller, body: Body) -> Result<Response, ApiError> {
    // An API key that is limited to certain accounts would have no access to the account that it creates.
    if caller.lists_accounts() {
        return Err(ApiError::LimitedToAccounts);
    }
    let new = NewAccount {
        workspace_id: caller.workspace_id,
        user_id: caller.user_id,
        display_name: body.display_name.ok_or_else(|| ApiError::required("displayName"))?,
        method: match (body.method, &body.phone_number) {
            (Some(PairingMethod::PairingCode), Some(phone)) => Method::Code(*phone),
            _ => Method::Qr,
        },
        phone: body.phone_number,
        daily_limit: body.daily_limit.unwrap_or_default(),
        device: body.device.unwrap_or_default().over(DeviceProfile::default()),
        proxy: body.proxy,
        tags: body.tags.unwrap_or_default(),
        metadata: body.metadata.unwrap_or_default(),
    };
    let account = http.accounts.create(new, caller.did(Action::AccountCreated)).await?;
    let location = [(header::LOCATION, format!("/api/v1/whatsapp/accounts/{}", account.id))];
    let body = axum::Json(AccountJson::of(http, account));
    Ok((StatusCode::CREATED, location, body).into_response())
}
