//! Removes old messages together with their files. Each transaction is small, so that other writers do not wait
//! for long.

use std::time::Duration;

use linekeeper_storage::StorageError;
use tokio::time::{MissedTickBehavior, interval};

use super::service::Messages;

const EVERY: Duration = Duration::from_secs(60 * 60);
/// The maximum number of messages that one transaction removes.
const AT_ONCE: u32 = 200;

impl Messages {
    /// Removes the messages that are older than `keep`, once an hour, until the server stops.
    pub async fn keep_few(self, keep: Duration) {
        let stopping = self.parts().lifecycle.stopping().clone();
        let mut ticks = interval(EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while stopping.run_until_cancelled(ticks.tick()).await.is_some() {
            match self.remove_old(keep).await {
                Ok(0) => {}
                Ok(messages) => tracing::info!(messages, "removed messages that were too old"),
                Err(error) => {
                    tracing::warn!(%error, "could not remove old messages; trying again in an hour")
                }
            }
        }
    }

    /// Removes the messages that are older than `keep`. Returns how many were removed.
    pub async fn remove_old(&self, keep: Duration) -> Result<u64, StorageError> {
        let parts = self.parts();
        // If this time cannot be represented, no message can be that old.
        let Ok(before) = parts.clock.now().checked_sub(keep) else { return Ok(0) };
        let mut removed = 0;
        for account in parts.storage.read().await?.accounts_with_contents().await? {
            while !parts.lifecycle.stopping().is_cancelled() {
                let mut tx = parts.storage.begin().await?;
                let pruned = tx.prune_messages(account, before, AT_ONCE).await?;
                tx.commit().await?;
                self.remove_files(account, pruned.files).await;
                removed += pruned.messages;
                if pruned.messages < u64::from(AT_ONCE) {
                    break;
                }
            }
        }
        Ok(removed)
    }
}
