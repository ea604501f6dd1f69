//! `DELETE /api/v1/api-keys/{keyId}`: deletes an API key, which stops working at once.

use axum::extract::State;
use axum::http::StatusCode;
use linekeeper_model::audit::Action;

use crate::http::answer::error::ApiError;
use crate::http::answer::error::named::*;
use crate::http::auth::{ManageKeys, Permitted};
use crate::http::document::Refusals;
use crate::http::request::path::ApiKeyPath;
use crate::http::state::Shared;

/// Delete an API key
///
/// Deletes the key. The server refuses all further requests with the key. A key may delete itself.
#[utoipa::path(
    delete, path = "/api/v1/api-keys/{keyId}", tag = "api-keys", operation_id = "deleteApiKey",
    security(("bearer" = ["keys:manage"]), ("apiKey" = ["keys:manage"])),
    params(("keyId" = uuid::Uuid, Path, description = "The key's id.")),
    responses(
        (status = 204, description = "The key is deleted."),
        Refusals<ApiKeyNotFound>,
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    caller: Permitted<ManageKeys>,
    ApiKeyPath(id): ApiKeyPath,
) -> Result<StatusCode, ApiError> {
    let mut tx = http.storage.begin().await?;
    if !tx.api_keys().delete(caller.reach(), id).await? {
        return Err(ApiError::ApiKeyNotFound);
    }
    tx.audit().append(&caller.did(Action::ApiKeyDeleted).on(id)).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
