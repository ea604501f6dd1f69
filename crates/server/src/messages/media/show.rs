//! Reads a file for a caller who is allowed to read it.

use std::io;

use linekeeper_model::id::{AccountId, MediaId};
use linekeeper_model::message::MediaState;
use linekeeper_storage::{MediaDetail, MediaRow, StorageError};

use super::blocking;
use crate::media::{AWAY, File};
use crate::messages::service::Messages;

/// Why a file cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// The file does not exist, although its database row says that it does.
    #[error("the file is gone")]
    Gone,
    /// The store of files does not answer, or refuses the request.
    #[error("the store of files failed")]
    Away(#[source] io::Error),
    /// The disk failed, or the file's content was altered.
    #[error("the file could not be read")]
    Disk(#[source] io::Error),
}

impl From<io::Error> for Unreadable {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::Gone,
            AWAY => Self::Away(error),
            _ => Self::Disk(error),
        }
    }
}

/// A file that is being read.
#[derive(Debug)]
pub struct OpenMedia {
    file: Option<File>,
    at: u64,
    end: u64,
}

impl Messages {
    /// Returns the database row of a file of this account.
    pub async fn media(&self, account: AccountId, id: MediaId) -> Result<Option<MediaRow>, StorageError> {
        let Some(scope) = self.scope(account).await? else { return Ok(None) };
        self.parts().storage.read().await?.media(&scope.key).get(id).await
    }

    /// Opens an existing file for reading from one byte up to another. If the file is in an S3 store, the first
    /// bytes are fetched before this returns.
    pub async fn open_media(
        &self,
        account: AccountId,
        row: &MediaRow,
        from: u64,
        end: u64,
    ) -> Result<OpenMedia, Unreadable> {
        if row.state != MediaState::Ready {
            return Err(Unreadable::Gone);
        }
        self.open_file(account, row.id, &row.detail, from, end).await
    }

    /// Opens a file even if its database row does not say yet that the store has the file.
    pub(super) async fn open_file(
        &self,
        account: AccountId,
        id: MediaId,
        detail: &MediaDetail,
        from: u64,
        end: u64,
    ) -> Result<OpenMedia, Unreadable> {
        let key = detail.key.clone().ok_or(Unreadable::Gone)?;
        let (store, size) = (self.parts().media.store.clone(), detail.size.unwrap_or_default());
        let opening = async {
            let mut file = blocking(move || store.open(account, id, &key, size)).await?;
            file.prepare(from, end).await?;
            Ok(OpenMedia { file: Some(file), at: from, end })
        };
        opening.await.map_err(|error: io::Error| {
            let error = Unreadable::from(error);
            if matches!(error, Unreadable::Gone) {
                tracing::error!(%account, media = %id, "a file is missing where files lie");
            }
            error
        })
    }

    /// The maximum size of a file in bytes.
    pub fn largest_media(&self) -> u64 {
        self.parts().media.most
    }
}

impl OpenMedia {
    /// Returns the next bytes, or `None` at the end.
    pub async fn next(&mut self) -> io::Result<Option<Vec<u8>>> {
        let (at, end) = (self.at, self.end);
        let Some(mut file) = self.file.take().filter(|_| at < end) else { return Ok(None) };
        file.prepare(at, end).await?;
        let (file, bytes) = blocking(move || {
            let bytes = file.read(at, end)?;
            Ok((file, bytes))
        })
        .await?;
        self.at += bytes.len() as u64;
        self.file = Some(file);
        Ok(Some(bytes))
    }
}
