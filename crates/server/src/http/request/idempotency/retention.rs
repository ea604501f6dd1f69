//! Removes stored answers that have expired.

use std::time::Duration;

use linekeeper_storage::{Storage, StorageError};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

const EVERY: Duration = Duration::from_secs(60 * 60);

/// Removes expired answers once an hour, until `stopping` is cancelled.
pub async fn prune(storage: Storage, stopping: CancellationToken) {
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while stopping.run_until_cancelled(ticks.tick()).await.is_some() {
        match remove(&storage).await {
            Ok(0) => {}
            Ok(answers) => tracing::debug!(answers, "removed answers that were kept for repeated requests"),
            Err(error) => tracing::warn!(%error, "could not remove old answers; trying again in an hour"),
        }
    }
}

async fn remove(storage: &Storage) -> Result<u64, StorageError> {
    let mut tx = storage.begin().await?;
    let removed = tx.idempotency_keys().prune().await?;
    tx.commit().await?;
    Ok(removed)
}
