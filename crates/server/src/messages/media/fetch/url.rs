//! Fetches a file by URL. The message with the file waits for this.

use linekeeper_model::id::MediaId;
use linekeeper_model::message::{FailureCode, MediaState, MessageType};
use linekeeper_storage::{MediaRow, StorageError};

use super::{Outcome, conversion, settle};
use crate::messages::media::web::WebTrouble;
use crate::messages::media::{UploadRefused, not_installed, would_convert};
use crate::messages::service::{Messages, Scope};

/// The maximum number of further attempts after the first one. Their pauses add up to about two and a half minutes.
const TRIES: usize = 3;

pub(super) async fn fetch(
    messages: &Messages,
    scope: &Scope,
    row: MediaRow,
) -> Result<Outcome, StorageError> {
    let (id, parts) = (row.id, messages.parts());
    let message = match row.message_id {
        Some(message) => parts.storage.read().await?.messages(&scope.key).get(message).await?,
        None => None,
    };
    let kind = message.map_or(MessageType::Document, |message| message.detail.content.kind());
    // If the file is converted to a voice note, it may be larger than a voice note.
    let is_converted = kind == MessageType::Voice && parts.media.ffmpeg.is_some();
    let most = if is_converted { parts.media.most } else { kind.largest_file(parts.media.most) };
    let Some(url) = row.detail.url.as_deref().and_then(|url| url.parse().ok()) else {
        return settle::failed(messages, scope, id, FailureCode::MediaUnavailable, "it has no address").await;
    };
    let said = row.detail.mime_type.as_deref();
    let fetched = parts.media.web.fetch(messages, (scope.account, id), url, most, said).await;
    let rejected = FailureCode::MediaRejected;
    let detail = match fetched {
        Ok(detail) => detail,
        Err(WebTrouble::Unavailable(why)) => {
            return settle::failed(messages, scope, id, FailureCode::MediaUnavailable, &why).await;
        }
        Err(WebTrouble::Later(why)) => {
            return settle::later(messages, scope, row, TRIES, FailureCode::MediaUnavailable, &why).await;
        }
        Err(WebTrouble::Refused(error)) => {
            return match error {
                UploadRefused::TooLarge(_) | UploadRefused::Empty | UploadRefused::WrongType(_) => {
                    settle::failed(messages, scope, id, rejected, &error.to_string()).await
                }
                UploadRefused::Storage(error) => Err(error),
                error @ (UploadRefused::DiskFull | UploadRefused::Away(_)) => {
                    settle::no_room(messages, scope, row, &error).await
                }
                error => {
                    settle::later(
                        messages,
                        scope,
                        row,
                        TRIES,
                        FailureCode::MediaUnavailable,
                        &error.to_string(),
                    )
                    .await
                }
            };
        }
    };
    let (mime_type, codec) = (detail.mime_type.as_deref().unwrap_or_default(), detail.codec.as_deref());
    match kind.admits(mime_type, codec, detail.size.unwrap_or_default(), parts.media.most) {
        Ok(()) => settle::ready(messages, scope, id, None, detail).await,
        Err(misfit) if would_convert(kind, mime_type, misfit) && is_converted => {
            let outcome = conversion::convert(messages, scope, row, (id, &detail)).await;
            // The downloaded file and the voice note have the same id in the store. If no voice note was stored, the
            // downloaded file must be removed.
            if !is_here(messages, scope, id).await? {
                settle::remove(messages, scope, id).await;
            }
            outcome
        }
        Err(misfit) => {
            settle::remove(messages, scope, id).await;
            let why =
                if would_convert(kind, mime_type, misfit) { not_installed() } else { misfit.to_string() };
            settle::failed(messages, scope, id, rejected, &format!("it {why}")).await
        }
    }
}

/// Whether the file's database row says that the file is in the store.
async fn is_here(messages: &Messages, scope: &Scope, id: MediaId) -> Result<bool, StorageError> {
    let row = messages.parts().storage.read().await?.media(&scope.key).get(id).await?;
    Ok(row.is_some_and(|row| row.state == MediaState::Ready))
}
