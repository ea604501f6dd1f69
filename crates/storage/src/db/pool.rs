//! The connections to one database, and transactions on them. SQLite allows only one writer at a time, so writers wait
//! for the writing connection instead of failing with "database is locked".

use sqlx::pool::PoolConnection;
use sqlx::{Postgres, SqlSafeStr as _};
use tokio::runtime::Handle;
use tokio_util::task::TaskTracker;

use super::connection::Connection;
use super::error::Error;
use super::postgres::Server;
use super::sqlite::{Lease, Place, SqlitePool, Wanted};

/// A pool is cheap to clone. Futures that wait for a PostgreSQL connection are boxed, because opening a connection
/// takes 15 KB of state. Otherwise, every future that reads or writes would reserve this memory for as long as it
/// exists.
#[derive(Clone)]
pub(crate) enum Pool {
    Sqlite { writer: SqlitePool, readers: SqlitePool },
    Postgres(Server),
}

/// The current number of connections to a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Connections {
    /// The name of the pool, such as `product writer`. PostgreSQL has a single pool, `postgres`.
    pub pool: &'static str,
    /// How many connections are open.
    pub open: u32,
    /// How many of the connections are unused.
    pub idle: u32,
}

/// A transaction. It is rolled back when it is dropped before [`Transaction::commit`].
pub(crate) enum Transaction {
    Sqlite(Lease),
    Postgres(sqlx::Transaction<'static, Postgres>),
}

/// A connection for one statement.
pub(crate) enum Reader {
    Sqlite(Lease),
    Postgres(PoolConnection<Postgres>),
}

impl Pool {
    /// A transaction that may write. On SQLite it takes the write lock at its beginning, because a transaction that
    /// begins as a reader cannot wait for the lock and would fail.
    pub(crate) async fn begin(&self) -> Result<Transaction, Error> {
        self.begin_at(Place::Aside).await
    }

    /// Like [`Pool::begin`], but SQLite runs in the calling thread, which must be a thread that may wait for the disk.
    pub(crate) async fn begin_here(&self) -> Result<Transaction, Error> {
        self.begin_at(Place::Here).await
    }

    async fn begin_at(&self, place: Place) -> Result<Transaction, Error> {
        Ok(match self {
            Self::Sqlite { writer, .. } => {
                let mut lease = writer.acquire(place).await?;
                lease.run("BEGIN IMMEDIATE".into_sql_str(), &[], Wanted::Nothing).await?;
                Transaction::Sqlite(lease)
            }
            Self::Postgres(server) => Transaction::Postgres(Box::pin(server.begin()).await?),
        })
    }

    /// Starts a task that only writes. With SQLite, the task gets its own thread, in which it may use
    /// [`Pool::begin_here`]. So the task's statements run in this thread, and no other thread is woken for each
    /// statement.
    pub(crate) fn spawn_writer(
        &self,
        tracker: &TaskTracker,
        task: impl Future<Output = ()> + Send + 'static,
    ) {
        let task = tracker.track_future(task);
        match self {
            Self::Sqlite { .. } => {
                let runtime = Handle::current();
                let writing = move || runtime.block_on(task);
                let thread = std::thread::Builder::new().name("writer".to_owned()).spawn(writing);
                // Panics if the system cannot create a thread, as tokio does. The process cannot work without this
                // thread.
                thread.map(drop).expect("the system gives a thread");
            }
            Self::Postgres(_) => drop(Handle::current().spawn(task)),
        }
    }

    /// A transaction in which SQLite checks no foreign keys, so that tables can be replaced. Until
    /// [`Pool::end_migration`] is called, no other code may use the pool.
    pub(crate) async fn begin_migration(&self) -> Result<Transaction, Error> {
        self.keep_foreign_keys("PRAGMA foreign_keys = OFF").await?;
        self.begin().await
    }

    /// Turns the checking of foreign keys on again, after the transaction of [`Pool::begin_migration`] has ended.
    pub(crate) async fn end_migration(&self) -> Result<(), Error> {
        self.keep_foreign_keys("PRAGMA foreign_keys = ON").await
    }

    /// Runs a pragma that turns the checking of foreign keys on or off. SQLite's writer pool has only one connection,
    /// so the setting applies to all writes.
    async fn keep_foreign_keys(&self, pragma: &'static str) -> Result<(), Error> {
        let Self::Sqlite { writer, .. } = self else { return Ok(()) };
        let mut lease = writer.acquire(Place::Aside).await?;
        // SQLite applies this pragma while it parses the statement (https://www.sqlite.org/pragma.html). A statement
        // from the cache would not be parsed again, so the pragma must not go through the cache.
        lease.run_script(pragma).await
    }

    /// A transaction that reads one snapshot.
    pub(crate) async fn read(&self) -> Result<Transaction, Error> {
        self.read_at(Place::Aside).await
    }

    /// Like [`Pool::read`], but SQLite runs in the calling thread. Only for short reads: see
    /// [`crate::Storage::look_up`].
    pub(crate) async fn look_up(&self) -> Result<Transaction, Error> {
        self.read_at(Place::Here).await
    }

    async fn read_at(&self, place: Place) -> Result<Transaction, Error> {
        const POSTGRES: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
        Ok(match self {
            Self::Sqlite { readers, .. } => {
                let mut lease = readers.acquire(place).await?;
                lease.begin_reading()?;
                Transaction::Sqlite(lease)
            }
            Self::Postgres(server) => Transaction::Postgres(Box::pin(server.begin_with(POSTGRES)).await?),
        })
    }

    /// A connection for one read statement, without the two round trips of a transaction.
    pub(crate) async fn reader(&self) -> Result<Reader, Error> {
        Ok(match self {
            Self::Sqlite { readers, .. } => Reader::Sqlite(readers.acquire(Place::Aside).await?),
            Self::Postgres(server) => Reader::Postgres(Box::pin(server.acquire()).await?),
        })
    }

    /// Copies SQLite's write-ahead log into the database file and empties the log, so that deleted data is removed from
    /// the disk. Fails if another process still reads from the log.
    pub(crate) async fn checkpoint(&self) -> Result<(), Error> {
        let Self::Sqlite { writer, .. } = self else { return Ok(()) };
        let mut lease = writer.acquire(Place::Aside).await?;
        let row = Connection::Sqlite(&mut lease).fetch_one("PRAGMA wal_checkpoint(TRUNCATE)", &[]).await?;
        match row.get::<i64>("busy")? {
            0 => Ok(()),
            _ => Err(Error::LogInUse),
        }
    }

    /// The current connections. `names` are the names of SQLite's two pools.
    pub(crate) fn connections(&self, names: [&'static str; 2]) -> Vec<Connections> {
        match self {
            Self::Sqlite { writer, readers } => {
                vec![writer.connections(names[0]), readers.connections(names[1])]
            }
            Self::Postgres(server) => {
                let idle = u32::try_from(server.pool().num_idle()).unwrap_or(u32::MAX);
                vec![Connections { pool: "postgres", open: server.pool().size(), idle }]
            }
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
            Self::Sqlite(lease) => Connection::Sqlite(lease),
            Self::Postgres(connection) => Connection::Postgres(connection),
        }
    }
}

impl Transaction {
    pub(crate) fn connection(&mut self) -> Connection<'_> {
        match self {
            Self::Sqlite(lease) => Connection::Sqlite(lease),
            Self::Postgres(transaction) => Connection::Postgres(transaction),
        }
    }

    pub(crate) async fn commit(self) -> Result<(), Error> {
        match self {
            Self::Sqlite(mut lease) => {
                lease.run("COMMIT".into_sql_str(), &[], Wanted::Nothing).await.map(drop)
            }
            Self::Postgres(transaction) => Ok(transaction.commit().await?),
        }
    }
}
