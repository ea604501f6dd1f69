//! Computes the size of all files regularly. It would take too long to do this each time somebody fetches the
//! metrics.

use std::sync::atomic::Ordering;
use tokio::time::{MissedTickBehavior, interval};

use super::blocking;
use crate::messages::service::Messages;

impl Messages {
    /// Computes the size of all stored files at a fixed interval, until the server stops. The interval is short for a
    /// folder and long for an S3 bucket, where listing the files takes longer.
    pub async fn count_media(self) {
        let stopping = self.parts().lifecycle.stopping().clone();
        let mut ticks = interval(self.parts().media.store.counted_every());
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while stopping.run_until_cancelled(ticks.tick()).await.is_some() {
            let store = self.parts().media.store.clone();
            match blocking(move || store.bytes()).await {
                Ok(bytes) => self.work().bytes.store(bytes, Ordering::Relaxed),
                Err(error) => tracing::debug!(%error, "the files could not be counted"),
            }
        }
    }

    /// The size of all files in bytes, at the last computation.
    pub fn media_bytes(&self) -> u64 {
        self.work().bytes.load(Ordering::Relaxed)
    }
}
