//! `GET /api/v1/webhooks`: lists the workspace's webhooks, in order of creation.

use axum::Json;
use axum::extract::State;

use super::webhook_json::WebhookJson;
use crate::http::answer::error::ApiError;
use crate::http::auth::{ManageWebhooks, Permitted};
use crate::http::request::paging::{Listed, Page, listed};
use crate::http::request::query::Query;
use crate::http::state::Shared;

listed! {
    /// A page of webhooks, with the cursor of the next page.
    Webhooks as WebhookPage of WebhookJson
}

/// List webhooks
///
/// Returns all webhooks of the workspace, including those that other members created, with the number of events
/// that wait for each.
#[utoipa::path(
    get, path = "/api/v1/webhooks", tag = "webhooks", operation_id = "listWebhooks",
    security(("bearer" = ["webhooks:manage"]), ("apiKey" = ["webhooks:manage"])),
    params(Page),
    responses((status = 200, description = "A page of webhooks.", body = Webhooks)),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    caller: Permitted<ManageWebhooks>,
    Query(page): Query<Page>,
) -> Result<Json<Webhooks>, ApiError> {
    let now = http.clock.now();
    let mut tx = http.storage.read().await?;
    let found = tx.webhooks().list(caller.workspace_id, page.after(), page.rows()).await?;
    let Listed { data, next_cursor } = page.cut(found, |endpoint| endpoint.id.as_uuid());
    let mut shown = Vec::with_capacity(data.len());
    for endpoint in data {
        shown.push(WebhookJson::of(&mut tx, endpoint, now).await?);
    }
    Ok(Listed { data: shown, next_cursor }.into())
}
