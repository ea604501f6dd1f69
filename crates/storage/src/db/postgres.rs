//! Connecting to PostgreSQL. The pool is small: a server with a thousand accounts is mostly idle.

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Connection as _, PgPool, Postgres, SqlSafeStr as _, Transaction};
use tokio::task;

use super::pool::Pool;
use super::presence::Presence;

const MAX_CONNECTIONS: u32 = 10;
/// A connection that rested longer is asked whether it still lives before it is used.
const TRUSTED_IDLE: Duration = Duration::from_secs(1);

/// The connections to one PostgreSQL server. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Server {
    pool: PgPool,
    presence: Arc<Presence>,
}

/// Whether the text is a URL that [`connect`] understands. Connects to nothing.
pub fn is_postgres_url(url: &str) -> bool {
    PgConnectOptions::from_str(url).is_ok()
}

/// Connects. Fails with the server's refusal where it refuses, and after 10 seconds where nothing answers.
pub(crate) async fn connect(url: &str) -> Result<Pool, sqlx::Error> {
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
    /// A connection of the pool.
    pub(crate) async fn acquire(&self) -> Result<PoolConnection<Postgres>, sqlx::Error> {
        self.unless_missed(self.pool.acquire()).await
    }

    /// A transaction that may write.
    pub(crate) async fn begin(&self) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
        self.begin_with("BEGIN").await
    }

    /// A transaction that `statement` begins.
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

    /// While the server refuses connections, the pool would try again until its time-out. Here the refusal itself comes
    /// back, within a second.
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

/// Lets a transaction begin to the end, also when who wanted it is dropped in between. The driver rolls back what it knows
/// to have begun, which it learns from the answer (sqlx-postgres 0.9.0, src/transaction.rs): dropped before that, a
/// connection goes back to the pool inside a transaction, and what the next one writes on it is refused or never ends.
async fn whole<T: Send + 'static>(
    beginning: impl Future<Output = Result<T, sqlx::Error>> + Send + 'static,
) -> Result<T, sqlx::Error> {
    #[expect(clippy::disallowed_methods, reason = "one round trip, which the connection's end ends too")]
    let task = task::spawn(beginning);
    // Only a runtime that stops ends the task before.
    task.await.unwrap_or(Err(sqlx::Error::WorkerCrashed))
}
