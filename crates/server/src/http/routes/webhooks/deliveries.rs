//! `GET /api/v1/webhooks/{webhookId}/deliveries`: lists the deliveries of an endpoint, newest event first.

use axum::Json;
use axum::extract::State;
use linekeeper_model::event::{EventType, Seq};
use linekeeper_model::id::AccountId;
use linekeeper_model::webhook::DeliveryStatus;
use linekeeper_storage::DeliveryFilter;
use serde_json::Value;
use utoipa::IntoParams;
use uuid::Uuid;

use super::delivery_json::DeliveryJson;
use super::of_workspace;
use crate::http::answer::error::ApiError;
use crate::http::answer::error::named::*;
use crate::http::auth::{ManageWebhooks, Permitted};
use crate::http::document::Refusals;
use crate::http::request::fields::{Fault, Fields, FromFields, parsed, text};
use crate::http::request::paging::{Page, listed};
use crate::http::request::path::WebhookPath;
use crate::http::request::query::Query;
use crate::http::state::Shared;

listed! {
    /// A page of deliveries, with the cursor of the next page.
    Deliveries as WebhookDeliveryPage of DeliveryJson
}

/// Which deliveries to return.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct Wanted {
    /// Only deliveries with this status: `pending`, `delivered`, or `dead` (the server has stopped trying).
    #[param(required = false, value_type = String, pattern = "^(pending|delivered|dead)$")]
    status: Option<DeliveryStatus>,
    /// Only events of this type.
    #[param(required = false, rename = "type", value_type = String, example = "message.received")]
    kind: Option<EventType>,
    /// Only events about this account.
    #[param(required = false, value_type = uuid::Uuid)]
    account: Option<AccountId>,
    #[param(ignore)]
    page: Page,
}

impl FromFields for Wanted {
    fn read(fields: &mut Fields) -> Option<Self> {
        let status = fields.optional("status", status);
        let kind = fields.optional("type", parsed);
        let account = fields.optional("account", parsed);
        let page = Page::read(fields);
        Some(Self { status: status?, kind: kind?, account: account?, page: page? })
    }
}

/// Reads the status of a delivery, as the API writes it.
pub(super) fn status(value: Value) -> Result<DeliveryStatus, Fault> {
    let named = text(value)?;
    let known = DeliveryStatus::ALL.into_iter().find(|known| known.code() == named);
    known.ok_or_else(|| Fault::new("invalid", "must be pending, delivered or dead"))
}

/// List a webhook's deliveries
///
/// Returns the deliveries of one webhook, newest event first. A delivery is one event for one endpoint, and is
/// kept as long as the event. An event that has not been sent yet can be missing from the list.
#[utoipa::path(
    get, path = "/api/v1/webhooks/{webhookId}/deliveries", tag = "webhooks", operation_id = "listWebhookDeliveries",
    security(("bearer" = ["webhooks:manage"]), ("apiKey" = ["webhooks:manage"])),
    params(("webhookId" = uuid::Uuid, Path, description = "The webhook's id."), Wanted, Page),
    responses(
        (status = 200, description = "A page of deliveries.", body = Deliveries),
        Refusals<WebhookNotFound>,
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    caller: Permitted<ManageWebhooks>,
    WebhookPath(id): WebhookPath,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Deliveries>, ApiError> {
    let mut tx = http.storage.read().await?;
    of_workspace(&mut tx, &caller, id).await?;
    // A cursor contains the event number of the last delivery of its page.
    let before = wanted.page.after().map(|last: Uuid| Seq::new(u64::try_from(last.as_u128()).unwrap_or(0)));
    let filter = DeliveryFilter {
        before,
        status: wanted.status,
        event_type: wanted.kind,
        account: wanted.account,
        limit: wanted.page.rows(),
    };
    let found = tx.deliveries().list(id, &filter).await?;
    Ok(wanted.page.cut(found, |last| Uuid::from_u128(last.seq.get().into())).into())
}
