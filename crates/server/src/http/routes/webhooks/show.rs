//! `GET /api/v1/webhooks/{webhookId}`: one webhook.

use axum::Json;
use axum::extract::State;

use super::of_workspace;
use super::webhook_json::WebhookJson;
use crate::http::answer::error::ApiError;
use crate::http::answer::error::named::*;
use crate::http::auth::{ManageWebhooks, Permitted};
use crate::http::document::Refusals;
use crate::http::request::path::WebhookPath;
use crate::http::state::Shared;

/// Show a webhook
///
/// Returns the webhook with its state and the number of events that wait, but without its secret.
#[utoipa::path(
    get, path = "/api/v1/webhooks/{webhookId}", tag = "webhooks", operation_id = "showWebhook",
    security(("bearer" = ["webhooks:manage"]), ("apiKey" = ["webhooks:manage"])),
    params(("webhookId" = uuid::Uuid, Path, description = "The webhook's id.")),
    responses(
        (status = 200, description = "The webhook.", body = WebhookJson),
        Refusals<WebhookNotFound>,
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    caller: Permitted<ManageWebhooks>,
    WebhookPath(id): WebhookPath,
) -> Result<Json<WebhookJson>, ApiError> {
    let mut tx = http.storage.read().await?;
    let endpoint = of_workspace(&mut tx, &caller, id).await?;
    Ok(Json(WebhookJson::of(&mut tx, endpoint, http.clock.now()).await?))
}
