//! Notices events of other processes. It checks the database once a second while a reader waits, and not at all
//! otherwise. Unlike PostgreSQL's LISTEN, this needs no separate connection.

use std::time::Duration;

use linekeeper_storage::Storage;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use super::Log;

const EVERY: Duration = Duration::from_secs(1);

/// Checks for new events until `stopping` is cancelled.
pub async fn tail(log: Log, storage: Storage, stopping: CancellationToken) {
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while stopping.run_until_cancelled(ticks.tick()).await.is_some() {
        if log.subscribers() == 0 {
            continue;
        }
        let last = async { storage.read().await?.events().last().await };
        match last.await {
            Ok(last) => log.committed(last),
            // The error is only logged here: a waiting reader will get the same error when it reads.
            Err(error) => tracing::debug!(%error, "could not look for new events"),
        }
    }
}
