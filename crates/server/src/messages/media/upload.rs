//! A caller's file, written as it comes. Nobody sees it before it is complete: only then does it have a row.

use std::io::{self, ErrorKind, Write as _};

use linekeeper_model::id::MediaId;
use linekeeper_model::message::MediaState;
use linekeeper_storage::{MediaDetail, MediaRow, PIECE, StorageError};

use super::blocking;
use crate::media::{Draft, WrongType, type_of};
use crate::messages::service::{Messages, Scope};

/// See the module.
pub struct Upload {
    messages: Messages,
    scope: Scope,
    id: MediaId,
    draft: Option<Draft>,
    /// What is written at the next time.
    piece: Vec<u8>,
}

/// A file is not taken. Nothing of it is left.
#[derive(Debug, thiserror::Error)]
pub enum UploadRefused {
    /// The account is gone.
    #[error("there is no such account")]
    NoAccount,
    /// It has more bytes than a file may have.
    #[error("the file has more than {0} bytes")]
    TooLarge(u64),
    /// It has none.
    #[error("the file is empty")]
    Empty,
    /// It is not what the caller says.
    #[error(transparent)]
    WrongType(#[from] WrongType),
    /// The disk is full.
    #[error("the disk is full")]
    DiskFull,
    /// The disk failed.
    #[error("the file could not be written")]
    Disk(#[source] io::Error),
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl Messages {
    /// Begins to take a file.
    pub async fn begin_upload(
        &self,
        account: linekeeper_model::id::AccountId,
    ) -> Result<Upload, UploadRefused> {
        let scope = self.scope(account).await?.ok_or(UploadRefused::NoAccount)?;
        let parts = self.parts();
        let id = MediaId::generate(parts.clock.now(), &mut rand::rng());
        let (store, most) = (parts.media.store.clone(), parts.media.most);
        let draft = blocking(move || store.create(account, id, most)).await;
        let draft = draft.map_err(|error| refused(error, most))?;
        Ok(Upload { messages: self.clone(), scope, id, draft: Some(draft), piece: Vec::new() })
    }
}

impl Upload {
    /// Takes some bytes of the file.
    pub async fn write(&mut self, mut bytes: &[u8]) -> Result<(), UploadRefused> {
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

    /// Keeps the file. It and its row are on disk when this returns.
    pub async fn finish(
        mut self,
        said: Option<&str>,
        file_name: Option<String>,
    ) -> Result<MediaRow, UploadRefused> {
        self.pass_on().await?;
        let Self { messages, scope, id, draft, .. } = self;
        let draft = draft.expect("it is taken only while it writes");
        let most = messages.parts().media.most;
        if draft.is_empty() {
            return Err(UploadRefused::Empty);
        }
        let mime_type = type_of(draft.head(), said)?;
        let written = blocking(move || draft.finish()).await.map_err(|error| refused(error, most))?;
        let now = messages.parts().clock.now();
        let row = MediaRow {
            id,
            message_id: None,
            state: MediaState::Ready,
            attempts: 0,
            fetch_at: None,
            expires_at: messages.parts().media.keep.map(|keep| now + keep),
            created_at: now,
            detail: MediaDetail {
                key: Some(written.key),
                mime_type: Some(mime_type),
                file_name,
                size: Some(written.size),
                sha256: Some(written.sha256),
            },
        };
        let mut tx = messages.parts().storage.begin().await?;
        tx.media(&scope.key).insert(&row).await?;
        tx.commit().await?;
        Ok(row)
    }

    async fn pass_on(&mut self) -> Result<(), UploadRefused> {
        let most = self.messages.parts().media.most;
        let (piece, mut draft) = (std::mem::take(&mut self.piece), self.draft.take());
        let written = blocking(move || {
            if let Some(draft) = &mut draft {
                draft.write_all(&piece)?;
            }
            Ok((piece, draft))
        });
        let (mut piece, draft) = written.await.map_err(|error| refused(error, most))?;
        piece.clear();
        (self.piece, self.draft) = (piece, draft);
        Ok(())
    }
}

fn refused(error: io::Error, most: u64) -> UploadRefused {
    match error.kind() {
        ErrorKind::FileTooLarge => UploadRefused::TooLarge(most),
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => UploadRefused::DiskFull,
        _ => UploadRefused::Disk(error),
    }
}
