//! Whether the runtime that serves the API still runs tasks. The probe thread checks this for each probe, so that
//! it never reports a process as alive if the runtime hangs.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;

/// A runtime that runs no task for this long counts as hung. A flood of requests delays tasks by about a second.
const SILENCE: Duration = Duration::from_secs(10);

/// Asks the runtime for a sign of life, one at a time.
#[derive(Clone)]
pub(super) struct Pulse {
    runtime: Handle,
    /// When the outstanding sign of life was requested.
    asked: Arc<Mutex<Option<Instant>>>,
}

impl Pulse {
    pub fn of(runtime: Handle) -> Self {
        Self { runtime, asked: Arc::default() }
    }

    pub const fn runtime(&self) -> &Handle {
        &self.runtime
    }

    /// Returns false once the sign of life is overdue.
    pub fn beats(&self) -> bool {
        self.beats_at(Instant::now())
    }

    fn beats_at(&self, now: Instant) -> bool {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(since) = *asked {
            return now.saturating_duration_since(since) < SILENCE;
        }
        *asked = Some(now);
        let answer = self.asked.clone();
        // The task ends at once, or never runs. Nobody waits for it.
        drop(self.runtime.spawn(async move {
            *answer.lock().unwrap_or_else(PoisonError::into_inner) = None;
        }));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_runtime_without_progress_for_ten_seconds_counts_as_hung() {
        let pulse = Pulse::of(Handle::current());
        let now = Instant::now();
        // This test keeps the only thread of its runtime busy, until it yields.
        assert!(pulse.beats_at(now));
        assert!(pulse.beats_at(now + SILENCE / 2));
        assert!(!pulse.beats_at(now + SILENCE));
        tokio::task::yield_now().await;
        assert!(pulse.beats_at(now + SILENCE));
    }
}
