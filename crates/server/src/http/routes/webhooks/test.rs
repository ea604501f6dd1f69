//! `POST /api/v1/webhooks/{webhookId}/test`: sends a test event now, and returns the result.

use axum::Json;
use axum::extract::State;
use linekeeper_model::audit::Action;

use super::delivery_json::AttemptJson;
use super::of_workspace;
use crate::http::answer::error::ApiError;
use crate::http::answer::error::named::*;
use crate::http::auth::{ManageWebhooks, Permitted};
use crate::http::document::Refusals;
use crate::http::request::path::WebhookPath;
use crate::http::routes::audit::record;
use crate::http::state::Shared;

/// Test a webhook
///
/// Sends an event of the type `webhook.test` at once, also if the webhook is paused or disabled, and returns the
/// result. `seq` and `accountId` of the event are null. The server sends the event only once, and the list of
/// deliveries does not contain it.
#[utoipa::path(
    post, path = "/api/v1/webhooks/{webhookId}/test", tag = "webhooks", operation_id = "testWebhook",
    security(("bearer" = ["webhooks:manage"]), ("apiKey" = ["webhooks:manage"])),
    params(("webhookId" = uuid::Uuid, Path, description = "The webhook's id.")),
    responses(
        (status = 200, description = "The result of the request, even if the request failed.", body = AttemptJson),
        Refusals<(WebhookNotFound, WebhookUnreadable)>,
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    caller: Permitted<ManageWebhooks>,
    WebhookPath(id): WebhookPath,
) -> Result<Json<AttemptJson>, ApiError> {
    let endpoint = of_workspace(&mut http.storage.read().await?, &caller, id).await?;
    if endpoint.private.is_none() {
        return Err(ApiError::WebhookUnreadable);
    }
    record(&http, caller.did(Action::WebhookTested).on(id)).await?;
    let attempt = http.webhooks.test(&endpoint).await.ok_or(ApiError::WebhookUnreadable)?;
    Ok(Json(attempt.into()))
}
