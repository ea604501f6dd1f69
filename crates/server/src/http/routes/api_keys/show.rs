//! `GET /api/v1/api-keys/{keyId}`: one API key.

use axum::Json;
use axum::extract::State;

use super::key_json::ApiKeyJson;
use crate::http::answer::error::ApiError;
use crate::http::answer::error::named::*;
use crate::http::auth::{ManageKeys, Permitted};
use crate::http::document::Refusals;
use crate::http::request::path::ApiKeyPath;
use crate::http::state::Shared;

/// Show an API key
///
/// Returns the name, the rights and the limits of the key, but not the key itself.
#[utoipa::path(
    get, path = "/api/v1/api-keys/{keyId}", tag = "api-keys", operation_id = "showApiKey",
    security(("bearer" = ["keys:manage"]), ("apiKey" = ["keys:manage"])),
    params(("keyId" = uuid::Uuid, Path, description = "The key's id.")),
    responses(
        (status = 200, description = "The key.", body = ApiKeyJson),
        Refusals<ApiKeyNotFound>,
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    caller: Permitted<ManageKeys>,
    ApiKeyPath(id): ApiKeyPath,
) -> Result<Json<ApiKeyJson>, ApiError> {
    let found = http.storage.read().await?.api_keys().get(caller.reach(), id).await?;
    Ok(Json(found.ok_or(ApiError::ApiKeyNotFound)?.into()))
}
