//! `PATCH /api/v1/whatsapp/accounts/{accountId}`: sets what an operator may set.

use axum::extract::State;
use linekeeper_model::account::{DisplayName, Metadata, Tags};
use linekeeper_model::audit::Action;
use linekeeper_model::limits::DailyLimit;
use linekeeper_model::proxy::ProxyUrl;
use utoipa::ToSchema;

use super::account_json::AccountJson;
use super::details::{self, DeviceFields};
use super::reach;
use crate::accounts::Change;
use crate::http::answer::error::ApiError;
use crate::http::auth::{Permitted, Update};
use crate::http::request::body::Json;
use crate::http::request::fields::{Fields, FromFields, parsed};
use crate::http::request::path::AccountPath;
use crate::http::routes::audit;
use crate::http::state::Shared;

/// What is to be different. What is absent stays as it is.
#[derive(ToSchema)]
#[schema(as = AccountChange, rename_all = "camelCase")]
pub(in crate::http) struct Body {
    #[schema(value_type = Option<String>, min_length = 1, max_length = 100, pattern = r"^[^\u0000-\u001f\u007f-\u009f]*[^\s\u0000-\u001f\u007f-\u009f][^\u0000-\u001f\u007f-\u009f]*$", example = "Back office")]
    display_name: Option<DisplayName>,
    #[schema(value_type = Option<u32>, minimum = 1, maximum = 100_000, example = 500)]
    daily_limit: Option<DailyLimit>,
    /// Null removes it. The connection is opened anew, the new way.
    #[schema(value_type = Option<String>, example = "socks5://user:password@proxy.example:1080")]
    proxy: Option<Option<ProxyUrl>>,
    /// Phones learn of it at the next pairing. Of its two fields, one that is absent stays as it is.
    #[schema(value_type = Option<DeviceFields>)]
    device: DeviceFields,
    /// All of them: those that are not in the list are removed.
    #[schema(value_type = Option<Vec<String>>, example = json!(["north", "shop"]))]
    tags: Option<Tags>,
    /// All of it: what is not in the object is removed.
    #[schema(value_type = Option<BTreeMap<String, String>>, example = json!({ "crm.id": "77" }))]
    metadata: Option<Metadata>,
}

impl FromFields for Body {
    fn read(fields: &mut Fields) -> Option<Self> {
        let display_name = fields.optional("displayName", parsed);
        let daily_limit = fields.optional("dailyLimit", details::daily_limit);
        let proxy = fields.nullable("proxy", parsed);
        let device = fields.nested::<DeviceFields>("device");
        let tags = fields.optional("tags", details::tags);
        let metadata = fields.optional("metadata", details::metadata);
        Some(Self {
            display_name: display_name?,
            daily_limit: daily_limit?,
            proxy: proxy?,
            device: device?.unwrap_or_default(),
            tags: tags?,
            metadata: metadata?,
        })
    }
}

impl Body {
    /// Names of the fields that are given.
    fn given(&self) -> Vec<&'static str> {
        let fields = [
            ("displayName", self.display_name.is_some()),
            ("dailyLimit", self.daily_limit.is_some()),
            ("proxy", self.proxy.is_some()),
            ("device", !self.device.is_empty()),
            ("tags", self.tags.is_some()),
            ("metadata", self.metadata.is_some()),
        ];
        fields.into_iter().filter_map(|(name, given)| given.then_some(name)).collect()
    }
}

/// Change an account
///
/// Sets the fields that are given and leaves the others as they are. An explicit null is as good as absence, but for
/// `proxy`, which null removes. Tags and metadata are replaced whole.
#[utoipa::path(
    patch, path = "/api/v1/whatsapp/accounts/{accountId}", tag = "whatsapp", operation_id = "updateAccount",
    security(("bearer" = ["whatsapp:update"]), ("apiKey" = ["whatsapp:update"])),
    params(("accountId" = uuid::Uuid, Path, description = "The account.")),
    request_body(content = Body, example = json!({ "displayName": "Back office", "tags": ["north"], "proxy": null })),
    responses(
        (status = 200, description = "The account as it is now.", body = AccountJson),
        (status = 400, description = "`nothing_to_change`: no field is given. Or `validation_failed`, `malformed_json`, `invalid_id`."),
        (status = 404, description = "`account_not_found`."),
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    caller: Permitted<Update>,
    AccountPath(id): AccountPath,
    Json(body): Json<Body>,
) -> Result<axum::Json<AccountJson>, ApiError> {
    let given = body.given();
    if given.is_empty() {
        return Err(ApiError::NothingToChange);
    }
    let account = reach::account(&http, &caller, id).await?;
    let device = (!body.device.is_empty()).then(|| body.device.over(account.device));
    let change = Change {
        display_name: body.display_name,
        daily_limit: body.daily_limit,
        device,
        proxy: body.proxy,
        tags: body.tags,
        metadata: body.metadata,
    };
    audit::record(&http, caller.did(Action::AccountUpdated).on(id).changing(given)).await?;
    let account = http.accounts.change(id, change).await?;
    Ok(axum::Json(AccountJson::of(&http, account)))
}
