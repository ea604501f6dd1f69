//! `GET /api/v1/webhooks/{webhookId}/deliveries`: what became of the events, the newest first.

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
use crate::http::auth::{ManageWebhooks, Permitted};
use crate::http::request::cursor::Cursor;
use crate::http::request::fields::{Fault, Fields, FromFields, parsed, text};
use crate::http::request::paging::{Listed, listed};
use crate::http::request::path::WebhookPath;
use crate::http::request::query::Query;
use crate::http::state::Shared;

/// Deliveries on a page unless the caller says otherwise.
const DEFAULT_LIMIT: u32 = 50;
/// Most deliveries on a page.
const MOST: u32 = 200;

listed! {
    /// A page of deliveries.
    Deliveries as WebhookDeliveryPage of DeliveryJson
}

/// Which deliveries.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct Wanted {
    /// `pending`, `delivered` or `dead`.
    #[param(required = false, value_type = String, pattern = "^(pending|delivered|dead)$")]
    status: Option<DeliveryStatus>,
    /// Only events of this type.
    #[param(required = false, rename = "type", value_type = String, example = "message.received")]
    kind: Option<EventType>,
    /// Only events about this account.
    #[param(required = false, value_type = uuid::Uuid)]
    account: Option<AccountId>,
    /// Deliveries on a page.
    #[param(required = false, minimum = 1, maximum = 200, example = 50)]
    limit: u32,
    /// `nextCursor` of the previous page.
    #[param(required = false, value_type = String, pattern = "^[A-Za-z0-9_-]{21}[AQgw]$")]
    cursor: Option<Cursor>,
}

impl FromFields for Wanted {
    fn read(fields: &mut Fields) -> Option<Self> {
        let status = fields.optional("status", status);
        let kind = fields.optional("type", parsed);
        let account = fields.optional("account", parsed);
        let limit = fields.optional("limit", |value| match text(value)?.parse() {
            Ok(limit) if (1..=MOST).contains(&limit) => Ok(limit),
            _ => Err(Fault::new("out_of_range", "must be a whole number from 1 to 200")),
        });
        let cursor = fields.optional("cursor", parsed);
        Some(Self {
            status: status?,
            kind: kind?,
            account: account?,
            limit: limit?.unwrap_or(DEFAULT_LIMIT),
            cursor: cursor?,
        })
    }
}

/// How far a delivery is, as callers name it.
pub(super) fn status(value: Value) -> Result<DeliveryStatus, Fault> {
    let named = text(value)?;
    let known = DeliveryStatus::ALL.into_iter().find(|known| known.code() == named);
    known.ok_or_else(|| Fault::new("invalid", "must be pending, delivered or dead"))
}

/// List a webhook's deliveries
///
/// Returns the deliveries of the events that the server keeps, the newest event first. An event that has not been sent yet may
/// not be listed.
#[utoipa::path(
    get, path = "/api/v1/webhooks/{webhookId}/deliveries", tag = "webhooks", operation_id = "listWebhookDeliveries",
    security(("bearer" = ["webhooks:manage"]), ("apiKey" = ["webhooks:manage"])),
    params(("webhookId" = uuid::Uuid, Path, description = "The endpoint."), Wanted),
    responses(
        (status = 200, description = "A page of deliveries.", body = Deliveries),
        (status = 404, description = "`webhook_not_found`."),
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
    // A cursor holds the place of the last event of its page.
    let before = wanted.cursor.map(|cursor| Seq::new(u64::try_from(cursor.0.as_u128()).unwrap_or(0)));
    let filter = DeliveryFilter {
        before,
        status: wanted.status,
        event_type: wanted.kind,
        account: wanted.account,
        limit: wanted.limit + 1,
    };
    let mut found = tx.deliveries().list(id, &filter).await?;
    let more = found.len() > wanted.limit as usize;
    found.truncate(wanted.limit as usize);
    let last = found.last().filter(|_| more).map(|last| last.seq.get());
    let next_cursor = last.map(|place| Cursor(Uuid::from_u128(place.into())).text());
    Ok(Listed { data: found.into_iter().map(Into::into).collect(), next_cursor }.into())
}
