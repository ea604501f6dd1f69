//! `GET /api/v1/api-keys`: lists the workspace's API keys, in order of creation.

use axum::Json;
use axum::extract::State;

use super::key_json::ApiKeyJson;
use crate::http::answer::error::ApiError;
use crate::http::auth::{ManageKeys, Permitted};
use crate::http::request::paging::{Page, listed};
use crate::http::request::query::Query;
use crate::http::state::Shared;

listed! {
    /// A page of API keys, with the cursor of the next page.
    Keys as ApiKeyPage of ApiKeyJson
}

/// List API keys
///
/// Returns all keys of the workspace, including those that other members created, without the secret texts. If you use
/// an API key that is limited to certain accounts, the list has only keys with such a limit. It leaves out each key
/// that has access to an account that your key has no access to.
#[utoipa::path(
    get, path = "/api/v1/api-keys", tag = "api-keys", operation_id = "listApiKeys",
    security(("bearer" = ["keys:manage"]), ("apiKey" = ["keys:manage"])),
    params(Page),
    responses((status = 200, description = "A page of API keys.", body = Keys)),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    caller: Permitted<ManageKeys>,
    Query(page): Query<Page>,
) -> Result<Json<Keys>, ApiError> {
    let mut tx = http.storage.read().await?;
    let found = tx.api_keys().list(caller.reach(), page.after(), page.rows()).await?;
    Ok(page.cut(found, |key| key.id.as_uuid()).into())
}
