//! `POST /api/v1/whatsapp/connect`: creates an account and starts its pairing, or links an existing one again.

use std::collections::BTreeMap;

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
use serde_json::Value;
use utoipa::ToSchema;

use super::account_json::AccountJson;
use super::details::{self, DeviceFields};
use super::reach;
use crate::accounts::NewAccount;
use crate::http::answer::error::ApiError;
use crate::http::auth::{Connect, Permitted};
use crate::http::request::body::Json;
use crate::http::request::fields::{Fault, Fields, FromFields, boolean, parsed, text};
use crate::http::routes::audit;
use crate::http::routes::pairing_code::code_for;
use crate::http::state::Shared;

/// Which account is to be connected.
#[derive(ToSchema)]
#[schema(as = Connect, rename_all = "camelCase")]
#[expect(dead_code, reason = "describes the body for the document; `Wish` is what is read from it")]
pub(in crate::http) struct Body {
    /// What people call the account. Required unless `accountId` is given.
    #[schema(
        min_length = 1,
        max_length = 100,
        pattern = r"^[^\u0000-\u001f\u007f-\u009f]*[^\s\u0000-\u001f\u007f-\u009f][^\u0000-\u001f\u007f-\u009f]*$",
        example = "Shop"
    )]
    display_name: Option<String>,
    /// The only number that may be linked, in E.164. Required by `pairingCode` where it is not known yet.
    #[schema(pattern = r"^\+[1-9][0-9]{6,14}$", example = "+15551234567")]
    phone_number: Option<String>,
    /// How to pair: `qr`, which is the default, or `pairingCode`.
    #[schema(inline, example = "qr")]
    method: Option<Way>,
    /// Messages that it may send in a day; 1000 unless given.
    #[schema(minimum = 1, maximum = 100_000, example = 1000)]
    daily_limit: Option<u32>,
    /// Where it goes through: `socks5://`, `http://` or `https://`, with user and password where the proxy asks for
    /// them. It is stored sealed, and shown without them.
    #[schema(example = "socks5://user:password@proxy.example:1080")]
    proxy: Option<String>,
    /// How phones list the linked device.
    device: Option<DeviceFields>,
    /// Up to 20, of 1 to 40 characters each.
    #[schema(example = json!(["north", "shop"]))]
    tags: Option<Vec<String>>,
    /// Up to 30 texts of at most 500 characters, for other programs' ids.
    #[schema(example = json!({ "crm.id": "77" }))]
    metadata: Option<BTreeMap<String, String>>,
    /// An existing account to link again. Beside it only `method`, `replacePhone` and, for `pairingCode`, `phoneNumber`
    /// count.
    account_id: Option<uuid::Uuid>,
    /// With `accountId`: whether another phone than before may be linked. The account must not be linked, and must not
    /// have been created with `phoneNumber`. It keeps its id, its settings and its events.
    #[schema(example = false)]
    replace_phone: Option<bool>,
}

/// What a caller may wish for.
pub(in crate::http) enum Wish {
    New(Box<New>),
    Again { id: AccountId, way: Way, phone: Option<PhoneNumber>, replace_phone: bool },
}

/// An account that does not exist yet.
pub(in crate::http) struct New {
    display_name: DisplayName,
    phone: Option<PhoneNumber>,
    method: Method,
    daily_limit: DailyLimit,
    proxy: Option<ProxyUrl>,
    device: DeviceProfile,
    tags: Tags,
    metadata: Metadata,
}

/// How to pair.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ToSchema)]
#[schema(as = PairingMethod, rename_all = "camelCase")]
pub(in crate::http) enum Way {
    #[default]
    Qr,
    PairingCode,
}

impl FromFields for Wish {
    fn read(fields: &mut Fields) -> Option<Self> {
        let account_id = fields.optional("accountId", parsed);
        let display_name = match account_id {
            Some(None) => fields.required("displayName", parsed).map(Some),
            _ => fields.optional("displayName", parsed),
        };
        let way = fields.optional("method", way).map(Option::unwrap_or_default);
        let phone = match (account_id, way) {
            (Some(None), Some(Way::PairingCode)) => fields.required("phoneNumber", parsed).map(Some),
            _ => fields.optional("phoneNumber", parsed),
        };
        let replace_phone = fields.optional("replacePhone", boolean).map(Option::unwrap_or_default);
        if account_id == Some(None) && replace_phone == Some(true) {
            fields.fail("replacePhone", Fault::new("invalid", "must not be true without accountId"));
        }
        let daily_limit = fields.optional("dailyLimit", details::daily_limit);
        let proxy = fields.optional("proxy", parsed);
        let device = fields.nested::<DeviceFields>("device");
        let tags = fields.optional("tags", details::tags);
        let metadata = fields.optional("metadata", details::metadata);

        let (account_id, display_name, way, phone) = (account_id?, display_name?, way?, phone?);
        let replace_phone = replace_phone?;
        let (daily_limit, proxy, device) = (daily_limit?, proxy?, device?);
        let (tags, metadata) = (tags?, metadata?);
        match (account_id, display_name) {
            (Some(id), _) => Some(Self::Again { id, way, phone, replace_phone }),
            (None, Some(display_name)) => Some(Self::New(Box::new(New {
                display_name,
                method: match (way, &phone) {
                    (Way::PairingCode, Some(phone)) => Method::Code(*phone),
                    _ => Method::Qr,
                },
                phone,
                daily_limit: daily_limit.unwrap_or_default(),
                proxy,
                device: device.unwrap_or_default().over(DeviceProfile::default()),
                tags: tags.unwrap_or_default(),
                metadata: metadata.unwrap_or_default(),
            }))),
            (None, None) => None,
        }
    }
}

fn way(value: Value) -> Result<Way, Fault> {
    match text(value)?.as_str() {
        "qr" => Ok(Way::Qr),
        "pairingCode" => Ok(Way::PairingCode),
        _ => Err(Fault::unsupported("must be `qr` or `pairingCode`")),
    }
}

/// Connect an account
///
/// Creates an account and starts its pairing: fetch its QR code or its pairing code next. With `accountId`, links that
/// account again, or brings it online with the session that it has. Fields that are not known are refused by name.
#[utoipa::path(
    post, path = "/api/v1/whatsapp/connect", tag = "whatsapp", operation_id = "connect",
    security(("bearer" = ["whatsapp:connect"]), ("apiKey" = ["whatsapp:connect"])),
    request_body(content = Body, example = json!({ "displayName": "Shop", "phoneNumber": "+15551234567" })),
    responses(
        (status = 201, description = "Created; pairing has begun.", body = AccountJson,
         headers(("Location" = String, description = "The account."))),
        (status = 200, description = "The existing account, linking again.", body = AccountJson),
        (status = 403, description = "`permission_denied`, `limited_to_accounts`: a key that lists accounts makes none. Or `account_limit_reached`: this server may not hold more."),
        (status = 404, description = "`account_not_found`: no account of that `accountId`."),
        (status = 409, description = "`already_connected`, `phone_number_taken`."),
        (status = 429, description = "`too_many_pairings`: as many as may be are open."),
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    caller: Permitted<Connect>,
    Json(wish): Json<Wish>,
) -> Result<Response, ApiError> {
    match wish {
        Wish::Again { id, way, phone, replace_phone } => {
            let mut account = reach::account(&http, &caller, id).await?;
            if replace_phone && !account.number_given {
                account.identity = Identity::default();
            }
            let method = match way {
                Way::Qr => Method::Qr,
                Way::PairingCode => Method::Code(code_for(&account, phone)?),
            };
            let entry = caller.did(Action::AccountConnected).on(id);
            let entry = if replace_phone { entry.with("replacePhone", true) } else { entry };
            audit::record(&http, entry).await?;
            let account = match replace_phone {
                true => http.accounts.replace_phone(id, method).await?,
                false => http.accounts.link(id, method).await?,
            };
            Ok(axum::Json(AccountJson::of(&http, account)).into_response())
        }
        Wish::New(new) => {
            // It would make an account that it does not reach.
            if caller.lists_accounts {
                return Err(ApiError::LimitedToAccounts);
            }
            let New { display_name, phone, method, daily_limit, proxy, device, tags, metadata } = *new;
            let (workspace_id, user_id) = (caller.workspace_id, caller.user_id);
            let new = NewAccount {
                workspace_id,
                user_id,
                display_name,
                phone,
                method,
                daily_limit,
                device,
                proxy,
                tags,
                metadata,
            };
            let account = http.accounts.create(new, caller.did(Action::AccountCreated)).await?;
            let location = [(header::LOCATION, format!("/api/v1/whatsapp/accounts/{}", account.id))];
            let body = axum::Json(AccountJson::of(&http, account));
            Ok((StatusCode::CREATED, location, body).into_response())
        }
    }
}
