//! Waiting, always with an end.

use std::fmt::Display;
use std::time::Duration;

use anyhow::Context;

/// What any single step may take on a busy machine.
pub const STEP: Duration = Duration::from_secs(90);

const POLL: Duration = Duration::from_millis(20);

/// The output of `future`, or an error that says what was awaited for too long.
pub async fn within<T>(what: impl Display, future: impl Future<Output = T>) -> anyhow::Result<T> {
    tokio::time::timeout(STEP, future).await.with_context(|| format!("no {what} within {STEP:?}"))
}

/// The first `Some` of `probe`, asked again and again: for facts that nobody announces.
pub async fn until<T>(what: impl Display, probe: impl AsyncFnMut() -> Option<T>) -> anyhow::Result<T> {
    until_after(STEP, what, probe).await
}

/// [`until`] for what takes longer than a step.
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
