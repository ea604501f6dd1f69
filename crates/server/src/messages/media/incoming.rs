//! A file that arrives from the network and is written as it arrives. If it is not finished, nothing of it
//! remains.

use std::io::{self, ErrorKind, Write as _};

use linekeeper_model::id::{AccountId, MediaId};
use linekeeper_storage::{MediaDetail, PIECE};

use super::{UploadRefused, blocking, seen};
use crate::media::{AWAY, Draft, Written, WrongType, type_of};
use crate::messages::service::Messages;

/// A file that arrives from the network and is written to the store as it arrives.
pub(super) struct Incoming {
    messages: Messages,
    account: AccountId,
    id: MediaId,
    most: u64,
    draft: Option<Draft>,
    /// The bytes that have arrived and are not written yet. They are written when this piece is full.
    piece: Vec<u8>,
}

impl Incoming {
    /// Begins to write a file of at most `most` bytes.
    pub(super) async fn begin(
        messages: &Messages,
        account: AccountId,
        id: MediaId,
        most: u64,
    ) -> Result<Self, UploadRefused> {
        let store = messages.parts().media.store.clone();
        let draft = blocking(move || store.create(account, id, most)).await;
        let draft = Some(draft.map_err(|error| refused(error, most))?);
        Ok(Self { messages: messages.clone(), account, id, most, draft, piece: Vec::new() })
    }

    /// Adds some bytes to the file.
    pub(super) async fn write(&mut self, mut bytes: &[u8]) -> Result<(), UploadRefused> {
        while !bytes.is_empty() {
            let taken = bytes.len().min(PIECE - self.piece.len());
            self.piece.extend_from_slice(&bytes[..taken]);
            bytes = &bytes[taken..];
            if self.piece.len() == PIECE {
                self.pass_on().await?;
            }
        }
        Ok(())
    }

    /// Completes the file. When this returns, the file is stored, but has no database row yet. `said` is the type that
    /// the sender claims. If the bytes contradict it, this fails.
    pub(super) async fn finish(self, said: Option<&str>) -> Result<MediaDetail, UploadRefused> {
        self.keep(|head| type_of(head, said)).await
    }

    /// Completes the file as [`Self::finish`] does. If the bytes contradict the claimed type, the claim is
    /// ignored.
    pub(super) async fn finish_as(self, told: Option<&str>) -> Result<MediaDetail, UploadRefused> {
        self.keep(|head| Ok(believed(head, told))).await
    }

    async fn keep(
        mut self,
        mime_type: impl FnOnce(&[u8]) -> Result<String, WrongType>,
    ) -> Result<MediaDetail, UploadRefused> {
        self.pass_on().await?;
        let draft = self.draft.take().expect("it is taken only while it writes");
        if draft.is_empty() {
            return Err(UploadRefused::Empty);
        }
        let mime_type = mime_type(draft.head())?;
        let written = blocking(move || draft.finish()).await.map_err(|error| refused(error, self.most))?;
        Ok(described(&self.messages, self.account, self.id, written, mime_type).await)
    }

    async fn pass_on(&mut self) -> Result<(), UploadRefused> {
        let (piece, mut draft) = (std::mem::take(&mut self.piece), self.draft.take());
        let written = blocking(move || {
            if let Some(draft) = &mut draft {
                draft.write_all(&piece)?;
            }
            Ok((piece, draft))
        });
        let (mut piece, draft) = written.await.map_err(|error| refused(error, self.most))?;
        piece.clear();
        (self.piece, self.draft) = (piece, draft);
        Ok(())
    }
}

/// The type of a file with these first bytes. A claim that the bytes contradict is ignored.
pub(super) fn believed(head: &[u8], told: Option<&str>) -> String {
    type_of(head, told)
        .or_else(|_| type_of(head, None))
        .unwrap_or_else(|_| "application/octet-stream".to_owned())
}

/// Describes a file that is in the store.
pub(super) async fn described(
    messages: &Messages,
    account: AccountId,
    id: MediaId,
    written: Written,
    mime_type: String,
) -> MediaDetail {
    let seen = seen(messages, account, id, &written, &mime_type).await;
    MediaDetail {
        key: Some(written.key),
        mime_type: Some(mime_type),
        size: Some(written.size),
        sha256: Some(written.sha256),
        ..seen
    }
}

fn refused(error: io::Error, most: u64) -> UploadRefused {
    match error.kind() {
        ErrorKind::FileTooLarge => UploadRefused::TooLarge(most),
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => UploadRefused::DiskFull,
        AWAY => UploadRefused::Away(error),
        _ => UploadRefused::Disk(error),
    }
}
