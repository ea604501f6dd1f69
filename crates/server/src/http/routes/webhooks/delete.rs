//! `DELETE /api/v1/webhooks/{webhookId}`: deletes a webhook.

use axum::extract::State;
use axum::http::StatusCode;
use linekeeper_model::audit::Action;
use linekeeper_model::webhook::Endpoint;

use crate::http::answer::error::ApiError;
use crate::http::answer::error::named::*;
use crate::http::auth::{ManageWebhooks, Permitted};
use crate::http::document::Refusals;
use crate::http::request::path::WebhookPath;
use crate::http::state::Shared;

/// Delete a webhook
///
/// Deletes the webhook and the history of its deliveries. The server sends nothing more to the endpoint. To stop
/// sending for a while, pause the webhook instead.
#[utoipa::path(
    delete, path = "/api/v1/webhooks/{webhookId}", tag = "webhooks", operation_id = "deleteWebhook",
    security(("bearer" = ["webhooks:manage"]), ("apiKey" = ["webhooks:manage"])),
    params(("webhookId" = uuid::Uuid, Path, description = "The webhook's id.")),
    responses(
        (status = 204, description = "The webhook is deleted."),
        Refusals<WebhookNotFound>,
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    caller: Permitted<ManageWebhooks>,
    WebhookPath(id): WebhookPath,
) -> Result<StatusCode, ApiError> {
    let mut tx = http.storage.begin().await?;
    if !tx.webhooks().delete(caller.workspace_id, id).await? {
        return Err(ApiError::WebhookNotFound);
    }
    tx.cursors().delete(&Endpoint::reader(id)).await?;
    tx.audit().append(&caller.did(Action::WebhookDeleted).on(id)).await?;
    tx.commit().await?;
    http.webhooks.changed();
    Ok(StatusCode::NO_CONTENT)
}
