//! `POST /api/v1/webhooks/{webhookId}/deliveries/{deliveryId}/replay`: sends one event to an endpoint again.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use linekeeper_model::audit::Action;

use super::of_workspace;
use super::replay::Replayed;
use crate::http::answer::error::ApiError;
use crate::http::answer::error::named::*;
use crate::http::auth::{ManageWebhooks, Permitted};
use crate::http::document::Refusals;
use crate::http::request::path::DeliveryPath;
use crate::http::state::Shared;

/// Replay a delivery
///
/// Sends the event of one delivery again, with the same ids. The event does not wait for new events, and new events do
/// not wait for it. If the delivery is still pending, nothing changes, and `count` in the answer is 0.
#[utoipa::path(
    post, path = "/api/v1/webhooks/{webhookId}/deliveries/{deliveryId}/replay", tag = "webhooks",
    operation_id = "replayWebhookDelivery",
    security(("bearer" = ["webhooks:manage"]), ("apiKey" = ["webhooks:manage"])),
    params(
        ("webhookId" = uuid::Uuid, Path, description = "The webhook's id."),
        ("deliveryId" = uuid::Uuid, Path, description = "The delivery's id."),
    ),
    responses(
        (status = 202, description = "The server will send the event again, unless `count` is 0.", body = Replayed),
        Refusals<(WebhookNotFound, DeliveryNotFound)>,
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    caller: Permitted<ManageWebhooks>,
    DeliveryPath(webhook, id): DeliveryPath,
) -> Result<(StatusCode, Json<Replayed>), ApiError> {
    let mut tx = http.storage.begin().await?;
    of_workspace(&mut tx, &caller, webhook).await?;
    tx.deliveries().get(webhook, id).await?.ok_or(ApiError::DeliveryNotFound)?;
    let count = u64::from(tx.deliveries().replay(webhook, id).await?);
    tx.audit().append(&caller.did(Action::WebhookReplayed).on(webhook).with("count", count)).await?;
    tx.commit().await?;
    http.webhooks.changed();
    Ok((StatusCode::ACCEPTED, Json(Replayed { count })))
}
