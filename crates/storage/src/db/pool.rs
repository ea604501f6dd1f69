//! The connections to one database, and transactions on them. SQLite has one writer, so writers wait here instead of
//! failing with "database is locked".

use sqlx::pool::PoolConnection;
use sqlx::{Postgres, Row as _, Sqlite, SqlitePool};

use super::connection::Connection;
use super::postgres::Server;

/// Cheap to clone. Futures that wait for a connection are boxed: opening one takes 15 KB of state, and otherwise
/// every future that reads or writes would reserve memory for it, for months.
#[derive(Clone)]
pub(crate) enum Pool {
    Sqlite { writer: SqlitePool, readers: SqlitePool },
    Postgres(Server),
}

/// The current number of connections to a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Connections {
    /// The pool of connections, such as `product writer`; `postgres` has all of them.
    pub pool: &'static str,
    /// Those that are open.
    pub open: u32,
    /// How many of the connections are unused.
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
    /// A transaction that may write. On SQLite it takes the write lock at its beginning, because a transaction that
    /// begins as a reader cannot wait for the lock and would fail.
    pub(crate) async fn begin(&self) -> Result<Transaction, sqlx::Error> {
        Ok(match self {
            Self::Sqlite { writer, .. } => {
                Transaction::Sqlite(Box::pin(writer.begin_with("BEGIN IMMEDIATE")).await?)
            }
            Self::Postgres(server) => Transaction::Postgres(Box::pin(server.begin()).await?),
        })
    }

    /// A transaction in which SQLite checks no foreign keys, so that tables can be replaced. Nobody else may use the
    /// pool until [`Pool::end_migration`].
    pub(crate) async fn begin_migration(&self) -> Result<Transaction, sqlx::Error> {
        self.keep_foreign_keys("PRAGMA foreign_keys = OFF").await?;
        self.begin().await
    }

    /// Ends [`Pool::begin_migration`], after its transaction has ended.
    pub(crate) async fn end_migration(&self) -> Result<(), sqlx::Error> {
        self.keep_foreign_keys("PRAGMA foreign_keys = ON").await
    }

    /// SQLite's writer pool has one connection, which keeps this setting.
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

    /// A connection for one read statement, without the two round trips of a transaction.
    pub(crate) async fn reader(&self) -> Result<Reader, sqlx::Error> {
        Ok(match self {
            Self::Sqlite { readers, .. } => Reader::Sqlite(Box::pin(readers.acquire()).await?),
            Self::Postgres(server) => Reader::Postgres(Box::pin(server.acquire()).await?),
        })
    }

    /// Writes SQLite's log into its file and empties the log, so that deleted data is removed from the disk. Fails if
    /// another process still reads from the log.
    pub(crate) async fn checkpoint(&self) -> Result<(), sqlx::Error> {
        let Self::Sqlite { writer, .. } = self else { return Ok(()) };
        let row = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(writer).await?;
        match row.try_get::<i64, _>("busy")? {
            0 => Ok(()),
            _ => Err(sqlx::Error::Protocol("another process reads from the log".to_owned())),
        }
    }

    /// The current connections. `names` are the names of SQLite's two pools.
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

    /// Closes all connections. When SQLite's last connection closes, it removes the log.
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
