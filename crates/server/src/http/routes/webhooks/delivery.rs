//! `GET /api/v1/webhooks/{webhookId}/deliveries/{deliveryId}`: one delivery with its requests.

use axum::Json;
use axum::extract::State;

use super::delivery_json::DeliveryDetails;
use super::of_workspace;
use crate::http::answer::error::ApiError;
use crate::http::answer::error::named::*;
use crate::http::auth::{ManageWebhooks, Permitted};
use crate::http::document::Refusals;
use crate::http::request::path::DeliveryPath;
use crate::http::state::Shared;

/// Show a delivery
///
/// Returns a delivery with its requests, at most the last 20: when each was sent, how long it took, and the first
/// 4 KiB of the answer, or why it failed.
#[utoipa::path(
    get, path = "/api/v1/webhooks/{webhookId}/deliveries/{deliveryId}", tag = "webhooks",
    operation_id = "showWebhookDelivery",
    security(("bearer" = ["webhooks:manage"]), ("apiKey" = ["webhooks:manage"])),
    params(
        ("webhookId" = uuid::Uuid, Path, description = "The webhook's id."),
        ("deliveryId" = uuid::Uuid, Path, description = "The delivery's id."),
    ),
    responses(
        (status = 200, description = "The delivery.", body = DeliveryDetails),
        Refusals<(WebhookNotFound, DeliveryNotFound)>,
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    caller: Permitted<ManageWebhooks>,
    DeliveryPath(webhook, id): DeliveryPath,
) -> Result<Json<DeliveryDetails>, ApiError> {
    let mut tx = http.storage.read().await?;
    let endpoint = of_workspace(&mut tx, &caller, webhook).await?;
    let delivery = tx.deliveries().get(webhook, id).await?.ok_or(ApiError::DeliveryNotFound)?;
    Ok(Json(DeliveryDetails::of(&endpoint, delivery)))
}
