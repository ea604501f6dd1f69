//! Connecting to PostgreSQL. The pool is small, because a server with a thousand accounts is mostly idle.

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Connection as _, PgPool, Postgres, SqlSafeStr as _, Transaction};
use tokio::task;

use super::error::Error;
use super::pool::Pool;
use super::presence::Presence;

const MAX_CONNECTIONS: u32 = 10;
/// A connection that was idle for longer than this is checked before it is used.
const TRUSTED_IDLE: Duration = Duration::from_secs(1);

/// The connections to one PostgreSQL server. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Server {
    pool: PgPool,
    presence: Arc<Presence>,
}

/// Whether the text is a URL that [`connect`] understands. Does not connect.
pub fn is_postgres_url(url: &str) -> bool {
    PgConnectOptions::from_str(url).is_ok()
}

/// Connects. If the server's address refuses connections, fails with that error. If it does not react, fails after
/// about 3 seconds. If it accepts the connection, but PostgreSQL does not respond, fails after 10 seconds.
pub(crate) async fn connect(url: &str) -> Result<Pool, Error> {
    let options =
        PgConnectOptions::from_str(url)?.application_name("linekeeper").statement_cache_capacity(64);
    let presence = Arc::new(Presence::of(&options));
    let pool = PgPoolOptions::new()
        .max_connections(MAX_CONNECTIONS)
        .acquire_timeout(Duration::from_secs(10))
        .idle_timeout(Duration::from_secs(300))
        .test_before_acquire(false)
        .before_acquire(|connection, meta| {
            Box::pin(async move {
                if meta.idle_for > TRUSTED_IDLE {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
        .connect_lazy_with(options);
    let server = Server { pool, presence };
    drop(server.acquire().await?);
    Ok(Pool::Postgres(server))
}

impl Server {
    /// Takes a connection from the pool.
    pub(crate) async fn acquire(&self) -> Result<PoolConnection<Postgres>, sqlx::Error> {
        self.unless_missed(self.pool.acquire()).await
    }

    /// A transaction that may write.
    pub(crate) async fn begin(&self) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
        self.begin_with("BEGIN").await
    }

    /// A transaction that begins with `statement`.
    pub(crate) async fn begin_with(
        &self,
        statement: &'static str,
    ) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
        let began = async {
            let connection = self.pool.acquire().await?;
            whole(Transaction::begin(connection, Some(statement.into_sql_str()))).await
        };
        self.unless_missed(began).await
    }

    pub(crate) const fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// Waits for `acquiring`, which takes a connection from the pool. Returns an error early if the server's address
    /// refuses connections (after about a second) or does not react (after about 3 seconds). The pool alone would retry
    /// until its time limit.
    async fn unless_missed<T>(
        &self,
        acquiring: impl Future<Output = Result<T, sqlx::Error>>,
    ) -> Result<T, sqlx::Error> {
        tokio::select! {
            biased;
            acquired = acquiring => acquired,
            refusal = self.presence.missed() => Err(sqlx::Error::Io(refusal)),
        }
    }
}

/// Begins a transaction in a task of its own, so that the beginning is completed even if the caller is dropped. The
/// driver rolls back only a transaction whose beginning the server has confirmed (sqlx-postgres 0.9.0,
/// src/transaction.rs). Without the task, a caller that is dropped before the confirmation would give a connection with
/// an open transaction back to the pool. Later writes on this connection would fail or would never be committed.
async fn whole<T: Send + 'static>(
    beginning: impl Future<Output = Result<T, sqlx::Error>> + Send + 'static,
) -> Result<T, sqlx::Error> {
    #[expect(clippy::disallowed_methods, reason = "one round trip, which the connection's end ends too")]
    let task = task::spawn(beginning);
    // The task has no result only if the runtime stops or the driver panics.
    task.await.unwrap_or(Err(sqlx::Error::WorkerCrashed))
}
