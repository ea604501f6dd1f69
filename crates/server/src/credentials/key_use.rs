//! Stores when API keys were last used. A request only notes the use in memory. One task writes the notes, at most
//! once a minute for each key, so that no request waits for the write.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use linekeeper_model::Timestamp;
use linekeeper_model::api_key::ApiKey;
use linekeeper_model::id::ApiKeyId;
use linekeeper_storage::{Storage, StorageError};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// A use is noted only if its time differs from the stored time by at least this much, or if no time is stored.
const GRAIN: Duration = Duration::from_secs(60);

/// Uses of API keys that are noted but not written yet. Cloning it is cheap.
#[derive(Debug, Clone, Default)]
pub struct KeyUses {
    noted: Arc<Mutex<HashMap<ApiKeyId, Timestamp>>>,
    news: Arc<Notify>,
}

impl KeyUses {
    /// Notes that `key` was used.
    pub fn note(&self, key: &ApiKey, now: Timestamp) {
        if key.used_at.is_none_or(|last| now.duration_since(last).unsigned_abs() >= GRAIN) {
            self.lock().insert(key.id, now);
            self.news.notify_one();
        }
    }

    /// Writes the noted uses until the server stops. Then writes the rest.
    pub async fn write(self, storage: Storage, stopping: CancellationToken) {
        loop {
            let stopped = stopping.run_until_cancelled(self.news.notified()).await.is_none();
            if let Err(error) = self.flush(&storage).await {
                // The uses are lost. The next use of the same keys is noted again.
                tracing::debug!(%error, "when keys were used could not be written");
            }
            if stopped {
                return;
            }
        }
    }

    /// Writes what was noted so far.
    pub async fn flush(&self, storage: &Storage) -> Result<(), StorageError> {
        let noted = std::mem::take(&mut *self.lock());
        if noted.is_empty() {
            return Ok(());
        }
        let mut tx = storage.begin().await?;
        for (key, at) in noted {
            tx.api_keys().mark_used(key, at).await?;
        }
        tx.commit().await
    }

    /// Locks the noted uses. They are still usable if another thread panicked while it held the lock.
    fn lock(&self) -> MutexGuard<'_, HashMap<ApiKeyId, Timestamp>> {
        self.noted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
