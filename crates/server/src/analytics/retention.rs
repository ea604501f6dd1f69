//! Removes figures that are too old, in small transactions.

use std::sync::Arc;
use std::time::Duration;

use linekeeper_model::Timestamp;
use linekeeper_model::analytics::{KEPT, MEASURED, Quarter};
use linekeeper_model::clock::Clock;
use linekeeper_storage::{Storage, StorageError};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

const EVERY: Duration = Duration::from_secs(60 * 60);
/// The maximum number of database rows that one transaction removes.
const AT_ONCE: u32 = 500;

/// Removes figures that are older than two years, once an hour, until `stopping` is cancelled.
pub async fn prune(storage: Storage, clock: Arc<dyn Clock>, stopping: CancellationToken) {
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while stopping.run_until_cancelled(ticks.tick()).await.is_some() {
        match remove_old(&storage, clock.now(), &stopping).await {
            Ok(0) => {}
            Ok(days) => tracing::info!(days, "removed figures that were too old"),
            Err(error) => tracing::warn!(%error, "could not remove old figures; trying again in an hour"),
        }
    }
}

/// Removes figures that are too old at `now`. Returns the number of removed database rows: each row has the figures of
/// one account for one day.
pub async fn remove_old(
    storage: &Storage,
    now: Timestamp,
    stopping: &CancellationToken,
) -> Result<u64, StorageError> {
    let (Ok(kept), Ok(measured)) = (now.checked_sub(KEPT), now.checked_sub(MEASURED)) else { return Ok(0) };
    let first = Quarter::of(kept).day();
    let mut days = 0;
    while !stopping.is_cancelled() {
        let mut tx = storage.begin().await?;
        let removed = tx.analytics().prune(first, AT_ONCE).await?;
        let marks = tx.analytics().prune_marks(measured, AT_ONCE).await?;
        tx.analytics().prune_runs(kept).await?;
        tx.commit().await?;
        days += removed;
        if removed.max(marks) < u64::from(AT_ONCE) {
            break;
        }
    }
    Ok(days)
}
