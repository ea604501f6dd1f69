//! Uploads a file to WhatsApp's servers. All messages that use the file share the upload as long as WhatsApp keeps
//! it. The file's path there depends on the key that encrypts the file. The server stores this key before it sends the
//! first byte, so that a new attempt after a crash does not upload the file twice.

use std::io::{self, Read};
use std::sync::{Arc, PoisonError};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use jiff::{SignedDuration, Timestamp};
use linekeeper_model::id::MediaId;
use linekeeper_model::message::{MediaState, MessageType};
use linekeeper_storage::{MediaDetail, MediaRow, MediaUpload, StorageError};

use crate::messages::service::{Messages, Scope};
use crate::whatsapp::{FileTrouble, Look, Outlet, Place, Plain, family};

/// How long later messages reuse one upload. WhatsApp deletes a file about 30 days after its upload. So a message that
/// reused an old upload would leave its recipients too little time to download the file.
const REUSED_FOR: SignedDuration = SignedDuration::from_hours(3 * 24);

/// Why a file could not be uploaded to WhatsApp's servers.
#[derive(Debug, thiserror::Error)]
pub(in crate::messages) enum Unplaced {
    /// The file is no longer in the store.
    #[error("the file is gone")]
    Gone,
    /// The upload failed.
    #[error(transparent)]
    Trouble(#[from] FileTrouble),
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// A file on WhatsApp's servers, with what messages need to refer to it.
pub(in crate::messages) struct Placed {
    pub(in crate::messages) place: Place,
    pub(in crate::messages) look: Look,
}

impl Messages {
    /// Uploads an existing file to WhatsApp's servers, unless a usable upload exists.
    pub(in crate::messages) async fn place_file(
        &self,
        scope: &Scope,
        outlet: &Outlet,
        id: MediaId,
        kind: MessageType,
    ) -> Result<Placed, Unplaced> {
        let lock = {
            let mut placing = self.work().placing.lock().unwrap_or_else(PoisonError::into_inner);
            placing.retain(|_, lock| Arc::strong_count(lock) > 1);
            placing.entry(id).or_default().clone()
        };
        let _alone = lock.lock().await;
        let family = family(kind).ok_or(Unplaced::Gone)?;
        let now = self.parts().clock.now();
        let (row, upload) = self.begun(scope, id, family, now).await?;
        let look = look_of(&row.detail);
        let known = upload.place.as_deref().and_then(|place| hex::decode(place).ok());
        if let Some(place) = known.and_then(|bytes| Place::from_bytes(&bytes)) {
            return Ok(Placed { place, look });
        }
        let media_key = hex::decode(&upload.media_key).ok().and_then(|key| key.try_into().ok());
        let media_key = media_key.ok_or(Unplaced::Gone)?;
        let _turn = self.work().transfers.acquire().await;
        let size = row.detail.size.unwrap_or_default();
        let place = outlet.upload(kind, media_key, size, self.plain(scope, &row)?).await?;
        let kept = MediaUpload { place: Some(hex::encode(place.to_bytes())), ..upload };
        self.keep(scope, id, kept).await?;
        Ok(Placed { place, look })
    }

    /// Returns the database row of a file, and the file's upload to WhatsApp's servers. A file has one upload for each
    /// family of types, such as pictures. If there is none yet, or if WhatsApp may soon delete it, begins a new one.
    async fn begun(
        &self,
        scope: &Scope,
        id: MediaId,
        family: &str,
        now: Timestamp,
    ) -> Result<(MediaRow, MediaUpload), Unplaced> {
        let row = self.parts().storage.read().await?.media(&scope.key).get(id).await?;
        let row = row.filter(|row| row.state == MediaState::Ready).ok_or(Unplaced::Gone)?;
        let known = row.detail.uploads.iter().find(|upload| upload.family == family);
        if let Some(known) = known.filter(|known| now.duration_since(known.begun_at) < REUSED_FOR) {
            let known = known.clone();
            return Ok((row, known));
        }
        let media_key = hex::encode(rand::random::<[u8; 32]>());
        let upload = MediaUpload { family: family.to_owned(), media_key, begun_at: now, place: None };
        self.keep(scope, id, upload.clone()).await?;
        Ok((row, upload))
    }

    async fn keep(&self, scope: &Scope, id: MediaId, upload: MediaUpload) -> Result<(), Unplaced> {
        let mut tx = self.parts().storage.begin().await?;
        let mut row = tx.media(&scope.key).hold(id).await?.ok_or(Unplaced::Gone)?;
        row.detail.uploads.retain(|known| known.family != upload.family);
        row.detail.uploads.push(upload);
        tx.media(&scope.key).update(&row).await?;
        Ok(tx.commit().await?)
    }

    /// Returns a function that opens the file for the upload. When the server stops, reading from the file ends, so
    /// that the server does not wait for the upload.
    fn plain(&self, scope: &Scope, row: &MediaRow) -> Result<Plain, Unplaced> {
        let (account, id, size) = (scope.account, row.id, row.detail.size.unwrap_or_default());
        let key = row.detail.key.clone().ok_or(Unplaced::Gone)?;
        let store = self.parts().media.store.clone();
        let stopping = self.parts().lifecycle.stopping().clone();
        Ok(Arc::new(move || {
            let file = store.open(account, id, &key, size)?.into_reader();
            let stopping = stopping.clone();
            Ok(Box::new(Until { file, is_over: move || stopping.is_cancelled() }))
        }))
    }
}

fn look_of(detail: &MediaDetail) -> Look {
    Look {
        mime_type: detail.mime_type.clone(),
        width: detail.width,
        height: detail.height,
        duration_seconds: detail.duration_seconds,
        thumbnail: detail.thumbnail.as_deref().and_then(|jpeg| BASE64_STANDARD.decode(jpeg).ok()),
    }
}

/// A file whose reading ends early once `is_over` returns true.
struct Until<R, F> {
    file: R,
    is_over: F,
}

impl<R: Read, F: Fn() -> bool> Read for Until<R, F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if (self.is_over)() {
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        self.file.read(buffer)
    }
}
