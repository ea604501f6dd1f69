//! `GET /api/v1/whatsapp/accounts/{accountId}/devices`: the phone of the account and all devices that are linked
//! to it.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::reach;
use crate::accounts::ListedDevice;
use crate::http::answer::error::ApiError;
use crate::http::answer::error::named::*;
use crate::http::auth::{Permitted, Read};
use crate::http::document::Refusals;
use crate::http::request::path::AccountPath;
use crate::http::state::Shared;

/// One device of an account.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ListedDevice)]
struct DeviceJson {
    /// The number of the device within the account. The phone has the number 0.
    #[schema(example = 7)]
    device: u16,
    /// Whether the device is the linked device of this server.
    is_this: bool,
    /// Whether this device is the phone itself.
    is_phone: bool,
    /// The device's position in the list of keys that the phone signs. Null for the phone.
    #[schema(required = true, example = 3)]
    key_index: Option<u32>,
}

impl From<ListedDevice> for DeviceJson {
    fn from(listed: ListedDevice) -> Self {
        let ListedDevice { device, is_this, key_index } = listed;
        Self { device, is_this, is_phone: listed.is_phone(), key_index }
    }
}

/// The phone and the linked devices of an account, as WhatsApp lists them.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ListedDevices)]
pub(in crate::http) struct Devices {
    /// The devices: the phone first, then the others, sorted by number.
    data: Vec<DeviceJson>,
    /// Always null, because the list is never split into pages.
    #[schema(required = true)]
    next_cursor: Option<String>,
}

/// Devices of an account
///
/// Returns the phone, this server and all other linked devices, as WhatsApp lists them now. WhatsApp does not say
/// what the devices are called or when they were last used. The phone shows these names and times under Linked devices.
#[utoipa::path(
    get, path = "/api/v1/whatsapp/accounts/{accountId}/devices", tag = "whatsapp", operation_id = "accountDevices",
    security(("bearer" = ["whatsapp:read"]), ("apiKey" = ["whatsapp:read"])),
    params(("accountId" = uuid::Uuid, Path, description = "The account's id.")),
    responses(
        (status = 200, description = "The devices.", body = Devices),
        Refusals<(AccountNotFound, NotConnected, WhatsappSilent)>,
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    caller: Permitted<Read>,
    AccountPath(id): AccountPath,
) -> Result<Json<Devices>, ApiError> {
    reach::account(&http, &caller, id).await?;
    let devices = http.accounts.devices(id).await?;
    Ok(Json(Devices { data: devices.into_iter().map(Into::into).collect(), next_cursor: None }))
}
