//! The file of an inbound message. It is recorded together with the message, and fetched in the background.

use linekeeper_model::id::MediaId;
use linekeeper_model::message::{Content, MediaState};
use linekeeper_storage::{MediaDetail, MediaRow, MediaSource, MessageRow, StorageError};

use super::Desk;

/// Creates an id for the file of a message.
pub(super) fn name(desk: &Desk<'_>, content: &mut Content) {
    if let Some(media) = content.media_mut() {
        media.media_id = Some(MediaId::generate(desk.now, &mut rand::rng()));
    }
}

/// Records the file of a stored message. A large file is fetched only when a caller asks for it.
pub(super) async fn note(desk: &mut Desk<'_>, row: &MessageRow) -> Result<(), StorageError> {
    let Some(media) = row.detail.content.media() else { return Ok(()) };
    let Some(id) = media.media_id else { return Ok(()) };
    let is_small = media.size.is_none_or(|size| size <= desk.scope.largest_file);
    let file = MediaRow {
        id,
        message_id: Some(row.id),
        source: MediaSource::Whatsapp,
        state: MediaState::Pending,
        attempts: 0,
        fetch_at: is_small.then_some(desk.now),
        expires_at: None,
        created_at: desk.now,
        detail: MediaDetail {
            mime_type: media.mime_type.clone(),
            file_name: media.file_name.clone(),
            size: media.size,
            sha256: media.sha256.clone(),
            ..MediaDetail::default()
        },
    };
    let key = desk.scope.key.clone();
    desk.tx.media(&key).insert(&file).await
}
