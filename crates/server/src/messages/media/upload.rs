//! A file that a caller uploads. It is written as it arrives. It gets its database row only when it is complete, so
//! nobody can see it before.

use std::io;

use linekeeper_model::id::{AccountId, MediaId};
use linekeeper_model::message::MediaState;
use linekeeper_storage::{MediaDetail, MediaRow, MediaSource, StorageError};

use super::incoming::Incoming;
use crate::media::WrongType;
use crate::messages::service::{Messages, Scope};

/// A file that a caller is uploading. It gets its database row only when it is complete.
pub struct Upload {
    messages: Messages,
    scope: Scope,
    id: MediaId,
    incoming: Incoming,
}

/// Why a file was refused. Nothing of the file remains.
#[derive(Debug, thiserror::Error)]
pub enum UploadRefused {
    /// The account does not exist.
    #[error("there is no such account")]
    NoAccount,
    /// The file is larger than allowed.
    #[error("the file has more than {0} bytes")]
    TooLarge(u64),
    /// The file has no bytes.
    #[error("the file is empty")]
    Empty,
    /// The file does not have the type that the caller claims.
    #[error(transparent)]
    WrongType(#[from] WrongType),
    /// The disk is full.
    #[error("the disk is full")]
    DiskFull,
    /// The store of files does not answer, or refuses the request.
    #[error("the store of files failed")]
    Away(#[source] io::Error),
    /// The disk failed.
    #[error("the file could not be written")]
    Disk(#[source] io::Error),
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl Messages {
    /// Begins to receive a file.
    pub async fn begin_upload(&self, account: AccountId) -> Result<Upload, UploadRefused> {
        let scope = self.scope(account).await?.ok_or(UploadRefused::NoAccount)?;
        let parts = self.parts();
        let id = MediaId::generate(parts.clock.now(), &mut rand::rng());
        let incoming = Incoming::begin(self, account, id, parts.media.most).await?;
        Ok(Upload { messages: self.clone(), scope, id, incoming })
    }
}

impl Upload {
    /// Adds some bytes to the file.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), UploadRefused> {
        self.incoming.write(bytes).await
    }

    /// Completes the file. When this returns, the file and its database row are stored.
    pub async fn finish(
        self,
        said: Option<&str>,
        file_name: Option<String>,
    ) -> Result<MediaRow, UploadRefused> {
        let Self { messages, scope, id, incoming } = self;
        let detail = MediaDetail { file_name, ..incoming.finish(said).await? };
        let now = messages.parts().clock.now();
        let row = MediaRow {
            id,
            message_id: None,
            source: MediaSource::Upload,
            state: MediaState::Ready,
            attempts: 0,
            fetch_at: None,
            expires_at: messages.parts().media.keep.map(|keep| now + keep),
            created_at: now,
            detail,
        };
        let mut tx = messages.parts().storage.begin().await?;
        tx.media(&scope.key).insert(&row).await?;
        tx.commit().await?;
        Ok(row)
    }
}
