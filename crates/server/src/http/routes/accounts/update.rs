//! `PATCH /api/v1/whatsapp/accounts/{accountId}`: changes the settings of an account.

use axum::extract::State;
use linekeeper_model::account::{DisplayName, Metadata, Tags};
use linekeeper_model::audit::Action;
use linekeeper_model::limits::DailyLimit;
use linekeeper_model::proxy::ProxyUrl;

use super::account_json::AccountJson;
use super::details::DeviceFields;
use super::pacing::PacingFields;
use crate::accounts::Change;
use crate::http::answer::error::ApiError;
use crate::http::answer::error::named::*;
use crate::http::auth::{Permitted, Update};
use crate::http::document::Refusals;
use crate::http::request::body::Json;
use crate::http::request::declare::{Declared as _, body};
use crate::http::request::member::Patch;
use crate::http::request::path::AccountPath;
use crate::http::state::Shared;

body! {
    /// The fields to change. A field that is absent keeps its value.
    pub(in crate::http) struct Body as "AccountChange" (change) {
        /// The name of the account, which people use to recognize it.
        #[example("Back office")]
        display_name: Option<DisplayName>,
        /// The maximum number of messages that the account may send in a day.
        #[example(500)]
        daily_limit: Option<DailyLimit>,
        /// The proxy through which the account connects. The account reconnects through the new proxy. Null
        /// removes the proxy.
        #[example("socks5://user:password@proxy.example:1080")]
        proxy: Patch<ProxyUrl>,
        /// How the linked device appears in the phone's list of linked devices. The phone shows the change after the
        /// next pairing. A field that is absent from this object keeps its value.
        device: Option<DeviceFields>,
        /// The complete list of tags. Tags that are not in the list are removed.
        #[example(["north", "shop"])]
        tags: Option<Tags>,
        /// The complete metadata. Entries that are not in this object are removed.
        #[example({ "crm.id": "77" })]
        metadata: Option<Metadata>,
        /// How fast the account sends. A field that is absent from this object keeps its value.
        pacing: Option<PacingFields>,
    }
}

/// Change an account
///
/// Sets the given fields and keeps the others. Null means the same as absent, with two exceptions: for `proxy`,
/// null removes the proxy, and for `messagesPerMinute`, null means the default. `tags` and `metadata` are replaced
/// as a whole.
#[utoipa::path(
    patch, path = "/api/v1/whatsapp/accounts/{accountId}", tag = "whatsapp", operation_id = "updateAccount",
    security(("bearer" = ["whatsapp:update"]), ("apiKey" = ["whatsapp:update"])),
    params(("accountId" = uuid::Uuid, Path, description = "The account's id.")),
    request_body(content = Body, example = json!({ "displayName": "Back office", "tags": ["north"], "proxy": null })),
    responses(
        (status = 200, description = "The account as it is now.", body = AccountJson),
        Refusals<(NothingToChange, AccountNotFound)>,
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    caller: Permitted<Update>,
    AccountPath(id): AccountPath,
    Json(body): Json<Body>,
) -> Result<axum::Json<AccountJson>, ApiError> {
    if body.given().is_empty() {
        return Err(ApiError::NothingToChange);
    }
    let change = Change {
        display_name: body.display_name,
        daily_limit: body.daily_limit,
        device: body.device.unwrap_or_default().change(),
        proxy: body.proxy.into_change(),
        tags: body.tags,
        metadata: body.metadata,
        pacing: body.pacing.unwrap_or_default().change(),
    };
    let entry = caller.did(Action::AccountUpdated);
    let account = http.accounts.change(caller.reach(), id, change, entry).await?;
    http.messages.settings_changed(id);
    Ok(axum::Json(AccountJson::of(&http, account)))
}
