//! How the process stops. During the soft stop, tasks finish their current work. During the hard stop, they are
//! aborted. The first signal (SIGTERM or SIGINT) starts the soft stop. A second signal, or the end of 30 s, starts the
//! hard stop. All tasks are tracked by name.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::FutureExt;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::Instrument;

/// The maximum duration of the soft stop.
const DRAIN_WITHIN: Duration = Duration::from_secs(30);

/// Starts tasks and stops them. All code that runs tasks gets it.
#[derive(Debug, Clone, Default)]
pub struct Lifecycle {
    soft: CancellationToken,
    hard: CancellationToken,
    tasks: TaskTracker,
    broken: Arc<AtomicBool>,
}

impl Lifecycle {
    /// The lifecycle of a process that has just started.
    pub fn new() -> Self {
        Self::default()
    }

    /// This token is cancelled when no new work may begin and current work should finish.
    pub const fn stopping(&self) -> &CancellationToken {
        &self.soft
    }

    /// Runs a task to its end, or until the hard stop.
    pub fn spawn<F>(&self, name: &'static str, task: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let hard = self.hard.clone();
        // The task is boxed, because each wrapper around a future would store the future twice. Without the box, a task
        // of 7 KB took 50 KB, and the task of an account runs for months.
        let task = Box::pin(task);
        // Each task is a separate trace, because an account lives longer than the request that created it.
        let span = tracing::info_span!(parent: None, "task", name);
        let bounded = async move {
            if hard.run_until_cancelled(task).await.is_none() {
                tracing::warn!("aborted");
            }
        };
        self.tasks.spawn(bounded.instrument(span));
    }

    /// Runs a task that the process needs. If the task ends early, the process begins the soft stop.
    pub fn spawn_vital<F>(&self, name: &'static str, task: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let (soft, broken) = (self.soft.clone(), self.broken.clone());
        self.spawn(name, async move {
            let panicked = AssertUnwindSafe(task).catch_unwind().await.is_err();
            if panicked || !soft.is_cancelled() {
                tracing::error!(panicked, "ended, and the process cannot work without it");
                broken.store(true, Ordering::Relaxed);
                soft.cancel();
            }
        });
    }

    /// Begins the soft stop.
    pub fn stop(&self) {
        self.soft.cancel();
    }

    /// Waits until all tasks have ended. Tasks that run for longer than 30 s are aborted. Returns true if no task
    /// was aborted and no vital task ended early.
    pub async fn drained(&self) -> bool {
        self.tasks.close();
        if tokio::time::timeout(DRAIN_WITHIN, self.tasks.wait()).await.is_ok() {
            return !self.hard.is_cancelled() && !self.broken.load(Ordering::Relaxed);
        }
        self.hard.cancel();
        self.tasks.wait().await;
        false
    }

    /// Makes the first SIGTERM or SIGINT begin the soft stop, and the second one the hard stop.
    pub fn listen_for_signals(&self) -> std::io::Result<()> {
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let (soft, hard) = (self.soft.clone(), self.hard.clone());
        // This task is not tracked. It ends only with the process, so the soft stop must not wait for it.
        #[expect(clippy::disallowed_methods, reason = "the one task that outlives draining")]
        tokio::spawn(async move {
            for token in [soft, hard] {
                tokio::select! {
                    _ = terminate.recv() => {}
                    _ = interrupt.recv() => {}
                }
                token.cancel();
            }
        });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Lifecycle;

    #[tokio::test]
    async fn a_panic_in_a_vital_task_stops_the_process() {
        let lifecycle = Lifecycle::new();
        lifecycle.spawn_vital("vital", async { panic!("as planned") });
        lifecycle.stopping().cancelled().await;
        assert!(!lifecycle.drained().await);
    }

    #[tokio::test]
    async fn an_orderly_stop_waits_for_all_tasks() {
        let lifecycle = Lifecycle::new();
        let stopping = lifecycle.stopping().clone();
        lifecycle.spawn_vital("vital", async move { stopping.cancelled().await });
        lifecycle.stop();
        assert!(lifecycle.drained().await);
    }
}
