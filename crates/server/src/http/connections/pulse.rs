//! Whether the runtime that serves the API still runs tasks. The probe thread checks this for each probe, so that
//! it never reports a process as alive if the runtime hangs.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;

/// A runtime that runs no task for this long counts as hung. A flood of requests delays tasks by about a second.
const SILENCE: Duration = Duration::from_secs(10);

/// Checks that the runtime still runs tasks: spawns a small task, one at a time, and notes whether it ran.
#[derive(Clone)]
pub(super) struct Pulse {
    runtime: Handle,
    /// When the waiting task was spawned. `None` if no task waits: each spawned task has run.
    asked: Arc<Mutex<Option<Instant>>>,
}

impl Pulse {
    pub fn of(runtime: Handle) -> Self {
        Self { runtime, asked: Arc::default() }
    }

    pub const fn runtime(&self) -> &Handle {
        &self.runtime
    }

    /// Returns false if the spawned task has not run for 10 s.
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
        // The task has nothing to wait for, so it ends as soon as the runtime runs it. If the runtime hangs, the task never
        // runs, and the answer stays open.
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
        // The runtime has one thread, which runs this test. So it runs no other task until the test yields.
        assert!(pulse.beats_at(now));
        assert!(pulse.beats_at(now + SILENCE / 2));
        assert!(!pulse.beats_at(now + SILENCE));
        tokio::task::yield_now().await;
        assert!(pulse.beats_at(now + SILENCE));
    }
}
