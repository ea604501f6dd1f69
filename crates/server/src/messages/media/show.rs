//! A file for somebody who may have it.

use std::io;

use linekeeper_model::id::{AccountId, MediaId};
use linekeeper_model::message::MediaState;
use linekeeper_storage::{MediaRow, StorageError};

use super::blocking;
use crate::media::File;
use crate::messages::service::Messages;

/// A file that is being read.
#[derive(Debug)]
pub struct OpenMedia {
    file: Option<File>,
    at: u64,
    end: u64,
}

impl Messages {
    /// The row of an account's file.
    pub async fn media(&self, account: AccountId, id: MediaId) -> Result<Option<MediaRow>, StorageError> {
        let Some(scope) = self.scope(account).await? else { return Ok(None) };
        self.parts().storage.read().await?.media(&scope.key).get(id).await
    }

    /// Opens a file that is here, from one byte up to another. Nothing where it is not here, whatever its row says.
    pub async fn open_media(
        &self,
        account: AccountId,
        row: &MediaRow,
        from: u64,
        end: u64,
    ) -> io::Result<Option<OpenMedia>> {
        let (MediaState::Ready, Some(key)) = (row.state, row.detail.key.clone()) else { return Ok(None) };
        let (store, id, size) =
            (self.parts().media.store.clone(), row.id, row.detail.size.unwrap_or_default());
        match blocking(move || store.open(account, id, &key, size)).await {
            Ok(file) => Ok(Some(OpenMedia { file: Some(file), at: from, end })),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                tracing::error!(%account, media = %id, "a file is missing on disk");
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Most bytes of a file.
    pub fn largest_media(&self) -> u64 {
        self.parts().media.most
    }
}

impl OpenMedia {
    /// The next bytes; none at the end.
    pub async fn next(&mut self) -> io::Result<Option<Vec<u8>>> {
        let (at, end) = (self.at, self.end);
        let Some(mut file) = self.file.take().filter(|_| at < end) else { return Ok(None) };
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
