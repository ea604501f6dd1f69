//! Functions that wait for something. Each of them has a deadline.

use std::fmt::Display;
use std::time::Duration;

use anyhow::Context;

/// The maximum duration of any single step, also on a busy machine.
pub const STEP: Duration = Duration::from_secs(90);

const POLL: Duration = Duration::from_millis(20);

/// The output of `future`, or an error that says what took too long.
pub async fn within<T>(what: impl Display, future: impl Future<Output = T>) -> anyhow::Result<T> {
    tokio::time::timeout(STEP, future).await.with_context(|| format!("no {what} within {STEP:?}"))
}

/// Calls `probe` again and again until it returns `Some`. This is for conditions that no event announces.
pub async fn until<T>(what: impl Display, probe: impl AsyncFnMut() -> Option<T>) -> anyhow::Result<T> {
    until_after(STEP, what, probe).await
}

/// Calls `probe` again and again as [`until`] does, for things that take longer than one step.
pub async fn until_after<T>(
    patience: Duration,
    what: impl Display,
    mut probe: impl AsyncFnMut() -> Option<T>,
) -> anyhow::Result<T> {
    let found = tokio::time::timeout(patience, async {
        let mut again = tokio::time::interval(POLL);
        loop {
            again.tick().await;
            if let Some(fact) = probe().await {
                return fact;
            }
        }
    });
    found.await.with_context(|| format!("no {what} within {patience:?}"))
}
