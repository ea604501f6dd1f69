//! Connecting to PostgreSQL. The pool is small: a server with a thousand accounts is mostly idle.

use std::str::FromStr;
use std::time::Duration;

use sqlx::Connection as _;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use super::pool::Pool;

const MAX_CONNECTIONS: u32 = 10;
/// A connection that rested longer is asked whether it still lives before it is used.
const TRUSTED_IDLE: Duration = Duration::from_secs(1);

/// Connects; fails where the server cannot be reached within 10 seconds.
pub(crate) async fn connect(url: &str) -> Result<Pool, sqlx::Error> {
    let options =
        PgConnectOptions::from_str(url)?.application_name("linekeeper").statement_cache_capacity(64);
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
        .connect_with(options)
        .await?;
    Ok(Pool::Postgres(pool))
}
