//! Removes events that are too old.

use std::sync::Arc;
use std::time::Duration;

use linekeeper_model::Timestamp;
use linekeeper_model::clock::Clock;
use linekeeper_storage::{Storage, StorageError};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

const EVERY: Duration = Duration::from_secs(60 * 60);
/// The maximum number of events that one transaction removes. Other writers wait while it runs.
const AT_ONCE: u32 = 500;

/// Removes events that are older than `keep`, once an hour, until `stopping` is cancelled.
pub async fn prune(storage: Storage, clock: Arc<dyn Clock>, keep: Duration, stopping: CancellationToken) {
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while stopping.run_until_cancelled(ticks.tick()).await.is_some() {
        // If this time cannot be represented, no event can be that old.
        let Ok(before) = clock.now().checked_sub(keep) else { continue };
        match remove(&storage, before, &stopping).await {
            Ok(0) => {}
            Ok(events) => tracing::info!(events, "removed events that were too old"),
            Err(error) => tracing::warn!(%error, "could not remove old events; trying again in an hour"),
        }
    }
}

async fn remove(
    storage: &Storage,
    before: Timestamp,
    stopping: &CancellationToken,
) -> Result<u64, StorageError> {
    let mut total = 0;
    while !stopping.is_cancelled() {
        let mut tx = storage.begin().await?;
        let removed = tx.events().prune(before, AT_ONCE).await?;
        tx.commit().await?;
        total += removed;
        if removed < u64::from(AT_ONCE) {
            break;
        }
    }
    Ok(total)
}
