//! A delivery and its requests in the JSON of the API.

use std::collections::BTreeMap;

use jiff::Timestamp;
use linekeeper_model::webhook::{Attempt, Delivery, Endpoint};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// One request to an endpoint.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = WebhookAttempt)]
pub(in crate::http) struct AttemptJson {
    #[schema(value_type = String, format = DateTime, example = "2026-01-01T12:00:00Z")]
    at: Timestamp,
    /// Milliseconds from the beginning of the request to its end.
    #[schema(example = 42)]
    duration_ms: u64,
    /// The HTTP status of the answer. Null if there was no answer.
    #[schema(required = true, example = 200)]
    status: Option<u16>,
    /// Why the request failed: `dns`, `connect`, `tls`, `timeout`, `refused_address` (webhooks may not reach the
    /// address), or `status` (the status is not 2xx). Null if the request succeeded.
    #[schema(required = true)]
    failure: Option<&'static str>,
    /// The first 4 KiB of the answer's body. Null if there was no body.
    #[schema(required = true, example = "ok")]
    answer: Option<String>,
}

impl From<Attempt> for AttemptJson {
    fn from(attempt: Attempt) -> Self {
        Self {
            at: attempt.at,
            duration_ms: attempt.duration_ms,
            status: attempt.status,
            failure: attempt.failure.map(|failure| failure.code()),
            answer: attempt.answer,
        }
    }
}

/// One event for one endpoint.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = WebhookDelivery)]
pub(in crate::http) struct DeliveryJson {
    #[schema(example = "01890a5d-ac96-774b-bcce-b302099a8057")]
    id: Uuid,
    /// The id of the event. Each request has it in the header `webhook-id`.
    #[schema(example = "01890a5d-ac96-774b-bcce-b302099a8001")]
    event_id: Uuid,
    #[schema(example = 42)]
    seq: u64,
    #[serde(rename = "type")]
    #[schema(example = "message.received")]
    event_type: &'static str,
    #[schema(required = true, example = "01890a5d-ac96-774b-bcce-b302099a8111")]
    account_id: Option<Uuid>,
    /// The state of the delivery: `pending`, `delivered`, or `dead` (the server has stopped trying).
    #[schema(example = "delivered")]
    status: &'static str,
    /// The number of requests so far.
    #[schema(example = 1)]
    tries: u32,
    /// When the next request is due. Null if none is planned.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    next_try_at: Option<Timestamp>,
    #[schema(value_type = String, format = DateTime, example = "2026-01-01T12:00:00Z")]
    created_at: Timestamp,
    #[schema(value_type = String, format = DateTime, example = "2026-01-01T12:00:00Z")]
    updated_at: Timestamp,
}

impl From<Delivery> for DeliveryJson {
    fn from(delivery: Delivery) -> Self {
        Self {
            id: delivery.id.as_uuid(),
            event_id: delivery.event_id.as_uuid(),
            seq: delivery.seq.get(),
            event_type: delivery.event_type.code(),
            account_id: delivery.account_id.map(|id| id.as_uuid()),
            status: delivery.status.code(),
            tries: delivery.tries,
            next_try_at: delivery.next_try_at,
            created_at: delivery.created_at,
            updated_at: delivery.updated_at,
        }
    }
}

/// A delivery with its requests.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = WebhookDeliveryDetails)]
pub(in crate::http) struct DeliveryDetails {
    #[serde(flatten)]
    delivery: DeliveryJson,
    /// The headers with which the server would send this request now. The values of your own headers are masked.
    /// Headers that differ in each request, such as the signature, are left out.
    #[schema(value_type = Object, example = json!({ "webhook-id": "01890a5d-ac96-774b-bcce-b302099a8001", "x-tenant": "***" }))]
    request_headers: BTreeMap<String, String>,
    /// The requests, at most the last 20.
    attempts: Vec<AttemptJson>,
}

impl DeliveryDetails {
    pub(super) fn of(endpoint: &Endpoint, mut delivery: Delivery) -> Self {
        let mut headers = BTreeMap::from([
            ("content-type".to_owned(), "application/json".to_owned()),
            ("webhook-id".to_owned(), delivery.event_id.to_string()),
        ]);
        let own = endpoint.private.iter().flat_map(|private| &private.headers);
        headers.extend(own.map(|header| (header.name.clone(), "***".to_owned())));
        let attempts = std::mem::take(&mut delivery.attempts).into_iter().map(Into::into).collect();
        Self { delivery: delivery.into(), request_headers: headers, attempts }
    }
}
