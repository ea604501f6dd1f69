//! `POST /api/v1/webhooks/{webhookId}/resume`: lets a paused, disabled or failing webhook send events again.

use axum::Json;
use axum::extract::State;
use linekeeper_model::audit::Action;
use linekeeper_model::webhook::DisabledFor;

use super::webhook_json::WebhookJson;
use super::{maker, of_workspace};
use crate::credentials::grants::webhook_standing;
use crate::http::answer::error::ApiError;
use crate::http::answer::error::named::*;
use crate::http::auth::{ManageWebhooks, Permitted};
use crate::http::document::Refusals;
use crate::http::request::path::WebhookPath;
use crate::http::state::Shared;

/// Resume a webhook
///
/// Ends a pause, and enables a disabled webhook. If earlier requests failed, the server tries the waiting events at
/// once. The endpoint gets the events that one member may read: the member who last chose its address, its events or
/// its headers. If that member may no longer manage webhooks, you replace that member, and your rights decide from now
/// on.
#[utoipa::path(
    post, path = "/api/v1/webhooks/{webhookId}/resume", tag = "webhooks", operation_id = "resumeWebhook",
    security(("bearer" = ["webhooks:manage"]), ("apiKey" = ["webhooks:manage"])),
    params(("webhookId" = uuid::Uuid, Path, description = "The webhook's id.")),
    responses(
        (status = 200, description = "The webhook, which is now resumed.", body = WebhookJson),
        Refusals<(BeyondKey, WebhookNotFound, WebhookUnreadable)>,
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
    let has_maker = webhook_standing(&mut tx, caller.workspace_id, endpoint.maker, now).await?.is_some();
    if !has_maker || endpoint.disabled == Some(DisabledFor::MakerLostRights) {
        endpoint.maker = maker(&caller.now(&http, &mut tx).await?)?;
    }
    (endpoint.paused, endpoint.disabled) = (false, None);
    endpoint.resumes = endpoint.resumes.wrapping_add(1) & 0x7fff_ffff;
    endpoint.health.forget_trouble();
    tx.webhooks().update(&endpoint).await?;
    tx.webhooks().set_health(id, &endpoint.health).await?;
    tx.audit().append(&caller.did(Action::WebhookResumed).on(id)).await?;
    let shown = WebhookJson::of(&mut tx, endpoint, now).await?;
    tx.commit().await?;
    http.webhooks.changed();
    Ok(Json(shown))
}
