//! `GET /api/v1/whatsapp/accounts/{accountId}/media/{mediaId}`: a file, or a part of it.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;

use super::served;
use crate::http::answer::error::ApiError;
use crate::http::answer::error::named::*;
use crate::http::auth::{Permitted, ReadMessages};
use crate::http::document::Refusals;
use crate::http::request::path::MediaPath;
use crate::http::routes::accounts::reach;
use crate::http::state::Shared;

/// Download a file
///
/// Returns a file, or a part of it. The server accepts `Range` with one range, and `If-None-Match`. For types that
/// browsers do not show by themselves, the `Content-Type` of the answer is `application/octet-stream`. The
/// message, or the answer to the upload, has the real type.
#[utoipa::path(
    get, path = "/api/v1/whatsapp/accounts/{accountId}/media/{mediaId}", tag = "messages", operation_id = "showMedia",
    security(("bearer" = ["messages:read"]), ("apiKey" = ["messages:read"])),
    params(
        ("accountId" = uuid::Uuid, Path, description = "The account's id."),
        ("mediaId" = uuid::Uuid, Path, description = "The file's id."),
    ),
    responses(
        (status = 200, description = "The file.", body = Vec<u8>, content_type = "application/octet-stream",
         headers(("ETag" = String, description = "The file's SHA-256."))),
        (status = 206, description = "The part of the file that `Range` asks for.", body = Vec<u8>, content_type = "application/octet-stream",
         headers(("Content-Range" = String, description = "Which bytes of the file the answer contains."))),
        (status = 304, description = "You already have the file: `If-None-Match` names its `ETag`."),
        Refusals<(
            AccountNotFound, MediaNotFound, MediaNotFetched, MediaGone, RangeBeyond, MediaPending,
            MediaStoreUnavailable,
        )>,
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    caller: Permitted<ReadMessages>,
    MediaPath(account, id): MediaPath,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    reach::account(&http, &caller, account).await?;
    let row = http.messages.media(account, id).await?.ok_or(ApiError::MediaNotFound)?;
    served::answer(&http, account, &row, &headers).await
}
