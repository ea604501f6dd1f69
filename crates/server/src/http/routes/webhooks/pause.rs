//! `POST /api/v1/webhooks/{webhookId}/pause`: pauses a webhook, so that its events wait.

use axum::Json;
use axum::extract::State;
use linekeeper_model::audit::Action;

use super::of_workspace;
use super::webhook_json::WebhookJson;
use crate::http::answer::error::ApiError;
use crate::http::answer::error::named::*;
use crate::http::auth::{ManageWebhooks, Permitted};
use crate::http::document::Refusals;
use crate::http::request::path::WebhookPath;
use crate::http::state::Shared;

/// Pause a webhook
///
/// Stops sending events to the endpoint until somebody resumes the webhook. The events wait as long as the server
/// keeps events. Requests that are already in progress are completed.
#[utoipa::path(
    post, path = "/api/v1/webhooks/{webhookId}/pause", tag = "webhooks", operation_id = "pauseWebhook",
    security(("bearer" = ["webhooks:manage"]), ("apiKey" = ["webhooks:manage"])),
    params(("webhookId" = uuid::Uuid, Path, description = "The webhook's id.")),
    responses(
        (status = 200, description = "The webhook, which is now paused.", body = WebhookJson),
        Refusals<(WebhookNotFound, WebhookUnreadable)>,
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    caller: Permitted<ManageWebhooks>,
    WebhookPath(id): WebhookPath,
) -> Result<Json<WebhookJson>, ApiError> {
    let now = http.clock.now();
    let mut tx = http.storage.begin().await?;
    let mut endpoint = of_workspace(&mut tx, &caller, id).await?;
    if endpoint.private.is_none() {
        return Err(ApiError::WebhookUnreadable);
    }
    if !endpoint.paused {
        endpoint.paused = true;
        tx.webhooks().update(&endpoint).await?;
        tx.audit().append(&caller.did(Action::WebhookPaused).on(id)).await?;
    }
    let shown = WebhookJson::of(&mut tx, endpoint, now).await?;
    tx.commit().await?;
    http.webhooks.changed();
    Ok(Json(shown))
}
