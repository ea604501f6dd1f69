//! Removes old files, and files without a database row. Before a file is removed, its row is changed to say so. So a
//! crash may leave a file, which the cleanup removes later, but never a row whose file is missing.

use std::time::Duration;

use linekeeper_model::id::{AccountId, MediaId};
use linekeeper_model::message::MediaState;
use linekeeper_storage::StorageError;
use tokio::time::{MissedTickBehavior, interval};

use super::blocking;
use crate::messages::service::Messages;

const EVERY: Duration = Duration::from_secs(60 * 60);
/// The number of rows per database query.
const AT_ONCE: u32 = 200;

/// Why the hourly removal of files failed. It is tried again after an hour.
#[derive(Debug, thiserror::Error)]
pub enum MediaTrouble {
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The disk or the store failed.
    #[error("the files could not be looked through: {0}")]
    Disk(#[from] std::io::Error),
}

impl Messages {
    /// Removes old files and files without a database row once an hour, until the server stops.
    pub async fn keep_media_small(self) {
        let stopping = self.parts().lifecycle.stopping().clone();
        let mut ticks = interval(EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while stopping.run_until_cancelled(ticks.tick()).await.is_some() {
            match self.remove_old_media().await {
                Ok(0) => {}
                Ok(files) => tracing::info!(files, "removed files that were too old"),
                Err(error) => tracing::warn!(%error, "could not remove old files; trying again in an hour"),
            }
            match self.sweep_media().await {
                Ok(0) => {}
                Ok(files) => tracing::info!(files, "removed files of messages that are gone"),
                Err(error) => {
                    tracing::warn!(%error, "could not look for left files; trying again in an hour")
                }
            }
        }
    }

    /// Removes the files that have expired. Returns how many were removed.
    pub async fn remove_old_media(&self) -> Result<usize, MediaTrouble> {
        let parts = self.parts();
        let mut removed = 0;
        while !parts.lifecycle.stopping().is_cancelled() {
            let now = parts.clock.now();
            let old = parts.storage.read().await?.media_too_old(now, AT_ONCE).await?;
            let count = old.len();
            for (account, id) in old {
                self.forget_media(account, id).await?;
                removed += 1;
            }
            if count < AT_ONCE as usize {
                break;
            }
        }
        Ok(removed)
    }

    async fn forget_media(&self, account: AccountId, id: MediaId) -> Result<(), MediaTrouble> {
        let parts = self.parts();
        // The account was deleted or is being deleted. Its database rows are deleted with it.
        let Some(scope) = self.scope(account).await? else { return Ok(()) };
        let mut tx = parts.storage.begin().await?;
        let Some(mut row) = tx.media(&scope.key).hold(id).await? else { return Ok(()) };
        (row.state, row.expires_at, row.fetch_at, row.detail.key) = (MediaState::Gone, None, None, None);
        row.detail.thumbnail = None;
        tx.media(&scope.key).update(&row).await?;
        tx.commit().await?;
        let store = parts.media.store.clone();
        Ok(blocking(move || store.remove(account, vec![id])).await?)
    }

    /// Removes files whose database rows were deleted. If this fails, the cleanup removes the files later.
    pub(in crate::messages) async fn remove_files(&self, account: AccountId, files: Vec<MediaId>) {
        let store = self.parts().media.store.clone();
        if let Err(error) = blocking(move || store.remove(account, files)).await {
            tracing::warn!(%account, %error, "files could not be removed yet");
        }
    }

    /// Removes all files of an account that was deleted together with its database rows.
    pub async fn forget_files(&self, account: AccountId) {
        let store = self.parts().media.store.clone();
        if let Err(error) = blocking(move || store.remove_all(account)).await {
            tracing::warn!(%account, %error, "the files of a deleted account could not be removed yet");
        }
    }

    async fn sweep_media(&self) -> Result<usize, MediaTrouble> {
        let parts = self.parts();
        let store = parts.media.store.clone();
        let mut removed = 0;
        for account in blocking(move || store.accounts()).await? {
            let rows = parts.storage.read().await?.media_of(account).await?;
            let store = parts.media.store.clone();
            removed += blocking(move || store.sweep(account, &rows)).await?;
        }
        Ok(removed)
    }
}
