//! The connections to one database, and transactions on them.
//! SQLite has one writer, so that writers queue here instead of failing with "database is locked".

use sqlx::pool::PoolConnection;
use sqlx::{Postgres, Row as _, Sqlite, SqlitePool};

use super::connection::Connection;
use super::postgres::Server;

/// Cheap to clone. What waits for a connection is boxed: it may have to open one, which takes 15 KB of state, and all
/// that ever reads or writes would carry room for it, for months.
#[derive(Clone)]
pub(crate) enum Pool {
    Sqlite { writer: SqlitePool, readers: SqlitePool },
    Postgres(Server),
}

/// How many connections to a database there are at this moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Connections {
    /// Which pool of connections, such as `product writer`; `postgres` has all of them.
    pub pool: &'static str,
    /// Those that are open.
    pub open: u32,
    /// Those of them that nobody uses.
    pub idle: u32,
}

/// Dropping it rolls back.
pub(crate) enum Transaction {
    Sqlite(sqlx::Transaction<'static, Sqlite>),
    Postgres(sqlx::Transaction<'static, Postgres>),
}

/// A connection for one statement.
pub(crate) enum Reader {
    Sqlite(PoolConnection<Sqlite>),
    Postgres(PoolConnection<Postgres>),
}

impl Pool {
    /// A transaction that may write. On SQLite it holds the write lock from the start: a transaction that
    /// began as a reader could not wait for the lock, it would fail.
    pub(crate) async fn begin(&self) -> Result<Transaction, sqlx::Error> {
        Ok(match self {
            Self::Sqlite { writer, .. } => {
                Transaction::Sqlite(Box::pin(writer.begin_with("BEGIN IMMEDIATE")).await?)
            }
            Self::Postgres(server) => Transaction::Postgres(Box::pin(server.begin()).await?),
        })
    }

    /// A transaction in which SQLite keeps no foreign keys, so that tables can be replaced. Nobody else may use the pool
    /// until [`Pool::end_migration`].
    pub(crate) async fn begin_migration(&self) -> Result<Transaction, sqlx::Error> {
        self.keep_foreign_keys("PRAGMA foreign_keys = OFF").await?;
        self.begin().await
    }

    /// The reverse of [`Pool::begin_migration`], once its transaction is over.
    pub(crate) async fn end_migration(&self) -> Result<(), sqlx::Error> {
        self.keep_foreign_keys("PRAGMA foreign_keys = ON").await
    }

    /// SQLite's writer is a pool of one connection, which keeps the setting.
    async fn keep_foreign_keys(&self, pragma: &'static str) -> Result<(), sqlx::Error> {
        let Self::Sqlite { writer, .. } = self else { return Ok(()) };
        sqlx::query(pragma).execute(writer).await.map(drop)
    }

    /// A transaction that reads one snapshot.
    pub(crate) async fn read(&self) -> Result<Transaction, sqlx::Error> {
        const POSTGRES: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
        Ok(match self {
            Self::Sqlite { readers, .. } => Transaction::Sqlite(Box::pin(readers.begin()).await?),
            Self::Postgres(server) => Transaction::Postgres(Box::pin(server.begin_with(POSTGRES)).await?),
        })
    }

    /// A connection that reads one statement: without the two round trips of a transaction.
    pub(crate) async fn reader(&self) -> Result<Reader, sqlx::Error> {
        Ok(match self {
            Self::Sqlite { readers, .. } => Reader::Sqlite(Box::pin(readers.acquire()).await?),
            Self::Postgres(server) => Reader::Postgres(Box::pin(server.acquire()).await?),
        })
    }

    /// Folds SQLite's log into its file and empties it, so that what was deleted leaves the disk. Fails where
    /// another process still reads from the log.
    pub(crate) async fn checkpoint(&self) -> Result<(), sqlx::Error> {
        let Self::Sqlite { writer, .. } = self else { return Ok(()) };
        let row = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(writer).await?;
        match row.try_get::<i64, _>("busy")? {
            0 => Ok(()),
            _ => Err(sqlx::Error::Protocol("another process reads from the log".to_owned())),
        }
    }

    /// Its connections at this moment; `names` are those of SQLite's two pools.
    pub(crate) fn connections(&self, names: [&'static str; 2]) -> Vec<Connections> {
        fn of<D: sqlx::Database>(name: &'static str, pool: &sqlx::Pool<D>) -> Connections {
            let idle = u32::try_from(pool.num_idle()).unwrap_or(u32::MAX);
            Connections { pool: name, open: pool.size(), idle }
        }
        match self {
            Self::Sqlite { writer, readers } => vec![of(names[0], writer), of(names[1], readers)],
            Self::Postgres(server) => vec![of("postgres", server.pool())],
        }
    }

    /// Closes all connections; SQLite's last one removes its log.
    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite { writer, readers } => {
                readers.close().await;
                if let Err(error) = self.checkpoint().await {
                    tracing::debug!(%error, "the log was not folded into the database; the next start does it");
                }
                writer.close().await;
            }
            Self::Postgres(server) => server.pool().close().await,
        }
    }
}

impl Reader {
    pub(crate) fn connection(&mut self) -> Connection<'_> {
        match self {
            Self::Sqlite(connection) => Connection::Sqlite(connection),
            Self::Postgres(connection) => Connection::Postgres(connection),
        }
    }
}

impl Transaction {
    pub(crate) fn connection(&mut self) -> Connection<'_> {
        match self {
            Self::Sqlite(transaction) => Connection::Sqlite(transaction),
            Self::Postgres(transaction) => Connection::Postgres(transaction),
        }
    }

    pub(crate) async fn commit(self) -> Result<(), sqlx::Error> {
        match self {
            Self::Sqlite(transaction) => transaction.commit().await,
            Self::Postgres(transaction) => transaction.commit().await,
        }
    }
}
