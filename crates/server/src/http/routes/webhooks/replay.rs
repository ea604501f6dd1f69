//! `POST /api/v1/webhooks/{webhookId}/replay`: sends a range of events to an endpoint again.

use axum::extract::State;
use axum::http::StatusCode;
use linekeeper_model::audit::Action;
use linekeeper_model::event::{EventType, Seq};
use linekeeper_model::webhook::DeliveryStatus;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::deliveries::status;
use super::fields::OneType;
use super::of_workspace;
use crate::http::answer::error::ApiError;
use crate::http::answer::error::named::*;
use crate::http::auth::{ManageWebhooks, Permitted};
use crate::http::document::Refusals;
use crate::http::request::body::Json;
use crate::http::request::declare::body;
use crate::http::request::fault::Faults;
use crate::http::request::path::WebhookPath;
use crate::http::request::value::FromValue;
use crate::http::state::Shared;

/// The maximum number of rows that one transaction changes, because other writers wait while a transaction runs.
const AT_ONCE: u32 = 500;

/// A filter for replays: only deliveries with this status are sent again.
pub(in crate::http) struct Done(DeliveryStatus);

impl FromValue for Done {
    fn read(value: Value) -> Result<Self, Faults> {
        Ok(Self(status(value)?))
    }

    fn schema() -> Value {
        json!({ "type": "string", "enum": ["pending", "delivered", "dead"] })
    }
}

body! {
    /// Which events to send again.
    pub(in crate::http) struct Body as "WebhookReplay" {
        /// Only events after this event number (`seq`).
        #[example(0)]
        after: Seq,
        /// Only events up to this event number, inclusive. The default is the newest event.
        #[example(42)]
        until: Option<Seq>,
        /// Only events whose delivery has this status, such as `dead` (the server has stopped trying).
        #[example("dead")]
        status: Option<Done>,
        /// Only events of these types.
        #[example(["message.received"])]
        types: Option<Vec<OneType>>,
    }
}

/// How many events the server will send again.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = WebhookReplayed)]
pub(in crate::http) struct Replayed {
    /// The number of events that the server will send again.
    #[schema(example = 3)]
    pub count: u64,
}

/// Replay a webhook's deliveries
///
/// Sends events to the endpoint again. These can be events that were delivered, and events that the server has stopped
/// trying to deliver. The events keep their ids. They do not wait for new events, and new events do not wait for them.
/// Pending deliveries do not change.
#[utoipa::path(
    post, path = "/api/v1/webhooks/{webhookId}/replay", tag = "webhooks", operation_id = "replayWebhook",
    security(("bearer" = ["webhooks:manage"]), ("apiKey" = ["webhooks:manage"])),
    params(("webhookId" = uuid::Uuid, Path, description = "The webhook's id.")),
    request_body(content = Body, example = json!({ "after": 0, "until": 42, "status": "dead" })),
    responses(
        (status = 202, description = "The server will send the events again.", body = Replayed),
        Refusals<WebhookNotFound>,
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    caller: Permitted<ManageWebhooks>,
    WebhookPath(id): WebhookPath,
    Json(body): Json<Body>,
) -> Result<(StatusCode, axum::Json<Replayed>), ApiError> {
    let types: Vec<EventType> = body.types.into_iter().flatten().map(|one| one.0).collect();
    let (wanted, mut after) = (body.status.map(|done| done.0), body.after);
    let mut tx = http.storage.begin().await?;
    of_workspace(&mut tx, &caller, id).await?;
    let last = tx.events().last().await?;
    let until = body.until.unwrap_or(last);
    tx.audit().append(&caller.did(Action::WebhookReplayed).on(id)).await?;
    let mut count = 0;
    loop {
        let (replayed, place) =
            tx.deliveries().replay_range(id, (after, until), wanted, &types, AT_ONCE).await?;
        tx.commit().await?;
        count += replayed;
        match place {
            Some(place) if replayed >= u64::from(AT_ONCE) => after = place,
            _ => break,
        }
        tx = http.storage.begin().await?;
    }
    http.webhooks.changed();
    Ok((StatusCode::ACCEPTED, axum::Json(Replayed { count })))
}
