//! `POST /api/v1/whatsapp/accounts/{accountId}/media`: accepts a file as the body, and stores it while it arrives.

use std::time::Duration;

use axum::Json;
use axum::body::{Body, BodyDataStream, HttpBody as _};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use futures_util::StreamExt as _;
use jiff::Timestamp;
use linekeeper_model::id::AccountId;
use linekeeper_storage::MediaRow;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::answer::error::named::*;
use crate::http::answer::error::{ApiError, DeclaredRefusal, Refusal};
use crate::http::auth::{Permitted, SendMessages};
use crate::http::document::Refusals;
use crate::http::request::body::throw_away;
use crate::http::request::fields::{Fault, Fields, FromFields, text};
use crate::http::request::path::AccountPath;
use crate::http::request::query::Query;
use crate::http::routes::accounts::reach;
use crate::http::state::{Http, Shared};
use crate::messages::Upload;

/// How long the server waits for the next part of a file.
const PATIENCE: Duration = Duration::from_secs(30);
/// The maximum number of characters of a file name.
const LONGEST_NAME: usize = 255;

/// The name of the file.
pub(in crate::http) struct Named(Option<String>);

impl FromFields for Named {
    fn read(fields: &mut Fields) -> Option<Self> {
        let name = fields.optional("fileName", |value| {
            let name = text(value)?;
            let is_name = (1..=LONGEST_NAME).contains(&name.chars().count())
                && !name.chars().any(|c| c.is_control() || matches!(c, '/' | '\\'));
            if is_name {
                Ok(name)
            } else {
                Err(Fault::new(
                    "invalid",
                    "must have 1 to 255 characters, without slashes and control characters",
                ))
            }
        });
        Some(Self(name?))
    }
}

/// A file that the server keeps.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = UploadedMedia)]
pub(in crate::http) struct Uploaded {
    /// The id of the file. Send it as `mediaId` in a message.
    id: Uuid,
    /// The media type that the server recognised in the bytes of the file. If the server recognised no type, this is
    /// the `Content-Type` of the upload.
    #[schema(example = "image/png")]
    mime_type: Option<String>,
    /// The size in bytes.
    size: u64,
    /// The file's SHA-256 in hex.
    sha256: Option<String>,
    /// When the server removes the file. Null means never.
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
}

impl From<MediaRow> for Uploaded {
    fn from(row: MediaRow) -> Self {
        Self {
            id: row.id.as_uuid(),
            mime_type: row.detail.mime_type,
            size: row.detail.size.unwrap_or_default(),
            sha256: row.detail.sha256,
            expires_at: row.expires_at,
        }
    }
}

/// The refusal of a file when no further part of it arrives in time. A file may take long in total, but a JSON body
/// must arrive completely within 10 s.
struct UploadStopped;

impl DeclaredRefusal for UploadStopped {
    const REFUSAL: Refusal = BodyTimeout::REFUSAL.meaning("No byte arrived for 30 s.");
}

/// The refusal of a file that is larger than the limit for files, which the operator sets.
struct FileTooLarge;

impl DeclaredRefusal for FileTooLarge {
    const REFUSAL: Refusal =
        BodyTooLarge::REFUSAL.meaning("The file is larger than the setting MEDIA_MAX_SIZE allows.");
}

/// Upload a file
///
/// Uploads a file, which you can then send in a message. The body of the request is the file. The server
/// recognises the type of the file by its first bytes. If it recognises none, it uses `Content-Type`. If
/// `Content-Type` is a picture, a video or sound, but the bytes are something else, the server refuses the file.
#[utoipa::path(
    post, path = "/api/v1/whatsapp/accounts/{accountId}/media", tag = "messages", operation_id = "uploadMedia",
    security(("bearer" = ["messages:send"]), ("apiKey" = ["messages:send"])),
    params(
        ("accountId" = Uuid, Path, description = "The account's id."),
        ("fileName" = Option<String>, Query, description = "The name of the file.", min_length = 1, max_length = 255,
         pattern = r"^[^/\\\u0000-\u001f\u007f-\u009f]+$"),
    ),
    request_body(content = Vec<u8>, content_type = "application/octet-stream", description = "The file."),
    responses(
        (status = 201, description = "The server has stored the file.", body = Uploaded),
        Refusals<(AccountNotFound, UploadStopped, FileTooLarge, MediaStoreUnavailable, DiskFull)>,
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    caller: Permitted<SendMessages>,
    AccountPath(id): AccountPath,
    Query(Named(file_name)): Query<Named>,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<Uploaded>), ApiError> {
    let account = reach::account(&http, &caller, id).await?;
    let most = http.messages.largest_media();
    if body.size_hint().lower() > most {
        return Err(ApiError::BodyTooLarge { limit: usize::try_from(most).unwrap_or(usize::MAX) });
    }
    let mut parts = body.into_data_stream();
    let upload = match take(&http, account.id, &mut parts).await {
        Ok(upload) => upload,
        Err(refused) => {
            throw_away(&headers, &mut parts).await;
            return Err(refused);
        }
    };
    let said = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let row = upload.finish(said, file_name).await?;
    Ok((StatusCode::CREATED, Json(row.into())))
}

async fn take(http: &Http, account: AccountId, parts: &mut BodyDataStream) -> Result<Upload, ApiError> {
    let mut upload = http.messages.begin_upload(account).await?;
    while let Some(part) =
        tokio::time::timeout(PATIENCE, parts.next()).await.map_err(|_| ApiError::BodyTimeout)?
    {
        upload.write(&part.map_err(|_| ApiError::IncompleteBody)?).await?;
    }
    Ok(upload)
}
