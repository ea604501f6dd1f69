//! Creates a voice note by converting an existing file. The message with the voice note waits for this.

use linekeeper_model::id::MediaId;
use linekeeper_model::message::{FailureCode, MediaState};
use linekeeper_storage::{MediaDetail, MediaRow, StorageError};

use super::{Outcome, settle};
use crate::messages::media::UploadRefused;
use crate::messages::media::show::Unreadable;
use crate::messages::media::voice::Unconverted;
use crate::messages::service::{Messages, Scope};

/// The maximum number of further attempts after the first one. It applies to failures that this machine may have
/// caused, for example if ffmpeg did not start.
const TRIES: usize = 3;

/// Converts an uploaded file.
pub(super) async fn fetch(
    messages: &Messages,
    scope: &Scope,
    row: MediaRow,
) -> Result<Outcome, StorageError> {
    let mut tx = messages.parts().storage.read().await?;
    let from = match row.detail.converted_from {
        Some(id) => tx.media(&scope.key).get(id).await?,
        None => None,
    };
    drop(tx);
    let Some(from) = from.filter(|from| from.state == MediaState::Ready) else {
        let why = "the file that it was to be made of is gone";
        return settle::failed(messages, scope, row.id, FailureCode::MediaUnavailable, why).await;
    };
    convert(messages, scope, row, (from.id, &from.detail)).await
}

/// Creates the file of `row` by converting the file `from`, which may be the same file.
pub(super) async fn convert(
    messages: &Messages,
    scope: &Scope,
    row: MediaRow,
    from: (MediaId, &MediaDetail),
) -> Result<Outcome, StorageError> {
    let (id, unavailable) = (row.id, FailureCode::MediaUnavailable);
    let error = match messages.convert(scope.account, from, id).await {
        Ok(detail) => return settle::ready(messages, scope, id, None, detail).await,
        Err(error) => error,
    };
    match error {
        Unconverted::Stopping => Ok(Outcome::NotNow),
        Unconverted::Rejected(_)
        | Unconverted::Refused(
            UploadRefused::Empty | UploadRefused::TooLarge(_) | UploadRefused::WrongType(_),
        ) => settle::failed(messages, scope, id, FailureCode::MediaRejected, &error.to_string()).await,
        Unconverted::Unreadable(Unreadable::Gone) => {
            settle::failed(messages, scope, id, unavailable, "the file that it was to be made of is gone")
                .await
        }
        Unconverted::Unreadable(Unreadable::Away(_))
        | Unconverted::Refused(UploadRefused::DiskFull | UploadRefused::Away(_)) => {
            settle::no_room(messages, scope, row, &error).await
        }
        Unconverted::Refused(UploadRefused::Storage(error)) => Err(error),
        error @ (Unconverted::NotStarted(_) | Unconverted::Unreadable(_) | Unconverted::Refused(_)) => {
            tracing::warn!(account = %scope.account, media = %id, %error, "a voice note could not be made");
            settle::later(messages, scope, row, TRIES, unavailable, &error.to_string()).await
        }
    }
}
