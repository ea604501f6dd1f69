//! Opens the storage at the start. PostgreSQL may start later than this server, so the server waits for it, up to a
//! minute.

use std::time::Duration;

use linekeeper_storage::{Database, OpenError, Storage, StorageOptions};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

/// How long to wait for PostgreSQL.
const WAIT: Duration = Duration::from_secs(60);
/// The pause between two attempts.
const PAUSE: Duration = Duration::from_secs(2);

/// Calls `open` with `options`. The server waits only for PostgreSQL, because waiting does not help with the files
/// of SQLite.
pub(super) async fn open(
    options: StorageOptions,
    stopping: &CancellationToken,
    open: impl AsyncFn(StorageOptions) -> Result<Storage, OpenError>,
) -> Result<Storage, OpenError> {
    match options.database {
        Database::Sqlite { .. } => open(options).await,
        Database::Postgres { .. } => patiently(stopping, async || open(options.clone()).await).await,
    }
}

/// Calls `open` again as long as its error is temporary. Returns the last error after a minute, or when the server is
/// asked to stop.
async fn patiently<T>(
    stopping: &CancellationToken,
    attempt: impl AsyncFn() -> Result<T, OpenError>,
) -> Result<T, OpenError> {
    let deadline = Instant::now() + WAIT;
    loop {
        let error = match attempt().await {
            Err(error) if error.is_retryable() => error,
            done => return done,
        };
        let left = deadline.saturating_duration_since(Instant::now());
        if left < PAUSE || stopping.is_cancelled() {
            return Err(error);
        }
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            seconds_left = left.as_secs(),
            "PostgreSQL does not take connections yet; trying again"
        );
        stopping.run_until_cancelled(sleep(PAUSE)).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    fn refused() -> OpenError {
        let cause = std::io::Error::from(std::io::ErrorKind::ConnectionRefused).into();
        OpenError::Unavailable { which: "product", cause }
    }

    #[tokio::test(start_paused = true)]
    async fn a_database_that_starts_in_time_is_opened() {
        let attempts = Cell::new(0);
        let attempt = async || {
            attempts.set(attempts.get() + 1);
            if attempts.get() < 20 { Err(refused()) } else { Ok(()) }
        };
        assert!(patiently(&CancellationToken::new(), attempt).await.is_ok());
        assert_eq!(attempts.get(), 20);
    }

    #[tokio::test(start_paused = true)]
    async fn opening_an_absent_database_gives_up_after_the_maximum_wait() {
        let began = Instant::now();
        let ended = patiently(&CancellationToken::new(), async || Err::<(), _>(refused())).await;
        assert!(ended.is_err_and(|error| error.is_retryable()));
        assert!(began.elapsed() <= WAIT && began.elapsed() > WAIT / 2, "{:?}", began.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn opening_the_database_is_not_retried_after_a_permanent_error_or_a_stop() {
        let began = Instant::now();
        assert!(
            patiently(&CancellationToken::new(), async || Err::<(), _>(OpenError::WrongKey)).await.is_err()
        );
        let stopped = CancellationToken::new();
        stopped.cancel();
        assert!(patiently(&stopped, async || Err::<(), _>(refused())).await.is_err());
        assert_eq!(began.elapsed(), Duration::ZERO);
    }
}
