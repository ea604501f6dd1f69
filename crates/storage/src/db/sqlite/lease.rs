//! A borrowed connection to a SQLite file. Most statements take less time than waking another thread. So a thread that
//! has nothing else to do runs its statements itself ([`Place::Here`]). A thread of the async runtime must not wait for
//! the disk or a long query, because other tasks need the thread. So its statements run in a thread for blocking work
//! ([`Place::Aside`]).

use std::panic::resume_unwind;

use futures_util::stream::{self, BoxStream, StreamExt as _};
use rusqlite::Connection;
use sqlx::SqlStr;
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;

use super::pool::Home;
use super::statement::{self, Done, Wanted};
use crate::db::connection::Value;
use crate::db::error::Error;
use crate::db::row::{Row, Values};

/// The maximum number of rows that are read before the caller asks for them.
const AHEAD: usize = 64;

/// Where the statements of a connection run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// In the caller's thread, which may wait for the disk.
    Here,
    /// In a thread for blocking work.
    Aside,
}

/// A borrowed connection. When it is dropped, it rolls back what was not committed, and goes back to its pool.
pub(crate) struct Lease {
    /// `None` while a statement runs in another thread. Stays `None` if the caller stopped waiting for the statement.
    connection: Option<Connection>,
    home: Option<Home>,
    place: Place,
}

impl Lease {
    pub(super) const fn new(connection: Connection, home: Option<Home>, place: Place) -> Self {
        Self { connection: Some(connection), home, place }
    }

    /// Runs a statement.
    pub(crate) async fn run(
        &mut self,
        sql: SqlStr,
        values: &[Value<'_>],
        wanted: Wanted,
    ) -> Result<Done, Error> {
        if self.place == Place::Here {
            return statement::run(self.connection()?, sql.as_str(), values, wanted);
        }
        let values: Vec<_> = values.iter().map(owned).collect();
        self.aside(move |connection| statement::run(connection, sql.as_str(), &values, wanted)).await
    }

    /// Begins a transaction that only reads. SQLite does not wait for anything here, so no other thread is needed.
    pub(crate) fn begin_reading(&mut self) -> Result<(), Error> {
        statement::run(self.connection()?, "BEGIN", NONE, Wanted::Nothing).map(drop)
    }

    /// Runs several statements without parameters.
    pub(crate) async fn run_script(&mut self, sql: &'static str) -> Result<(), Error> {
        if self.place == Place::Here {
            return Ok(self.connection()?.execute_batch(sql)?);
        }
        self.aside(move |connection| Ok(connection.execute_batch(sql)?)).await
    }

    /// Returns the rows one by one. If the caller stops before the last row, this lease can no longer be used, and the
    /// connection goes back to the pool.
    pub(crate) fn stream<'s>(&'s mut self, sql: SqlStr) -> BoxStream<'s, Result<Row, Error>> {
        let (sender, receiver) = mpsc::channel::<Result<Values, Error>>(AHEAD);
        let reading = async move {
            let failed = sender.clone();
            let read = self.aside(move |connection| {
                statement::each(connection, sql.as_str(), NONE, |row| {
                    Ok(sender.blocking_send(row.take()).is_ok())
                })
            });
            if let Err(error) = read.await {
                // If the reader is gone, nobody needs this error.
                drop(failed.send(Err(error)).await);
            }
            None
        };
        let rows = stream::unfold(receiver, |mut rows| async { Some((rows.recv().await?, rows)) });
        let ended = stream::once(reading).filter_map(|nothing| async { nothing });
        stream::select(rows, ended).map(|row| row.map(Row::Sqlite)).boxed()
    }

    fn connection(&self) -> Result<&Connection, Error> {
        self.connection.as_ref().ok_or(Error::GivenUp)
    }

    /// Lends the connection to a thread for blocking work, which runs `work`. If the caller stops waiting, the work
    /// continues, and then the connection goes back to the pool.
    async fn aside<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(&Connection) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        self.connection()?;
        let lent = Self { connection: self.connection.take(), home: self.home.take(), place: self.place };
        let working = spawn_blocking(move || {
            let done = lent.connection().and_then(work);
            (lent, done)
        });
        match working.await {
            Ok((lent, done)) => {
                *self = lent;
                done
            }
            Err(failed) => match failed.try_into_panic() {
                Ok(panic) => resume_unwind(panic),
                Err(_stopping) => Err(Error::GivenUp),
            },
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let Some(connection) = self.connection.take() else { return };
        // In autocommit mode, no transaction is open, so nothing must be rolled back. This is the case after a commit,
        // and after SQLite itself rolled back because of a full disk or an I/O error.
        let is_clean = connection.is_autocommit()
            || statement::run(&connection, "ROLLBACK", NONE, Wanted::Nothing).is_ok();
        if let Some(home) = self.home.take().filter(|_| is_clean) {
            home.take_back(connection);
        }
    }
}

/// No parameters.
const NONE: &[Value<'static>] = &[];

fn owned(value: &Value<'_>) -> rusqlite::types::Value {
    use rusqlite::types::Value as Owned;
    match *value {
        Value::Int(value) => value.map_or(Owned::Null, Owned::Integer),
        Value::Text(value) => value.map_or(Owned::Null, |text| Owned::Text(text.to_owned())),
        Value::Bytes(value) => value.map_or(Owned::Null, |bytes| Owned::Blob(bytes.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use futures_util::{FutureExt as _, TryStreamExt as _};
    use sqlx::SqlSafeStr as _;

    use super::*;
    use crate::db::{Cache, Pool, open_sqlite};

    async fn pool() -> (tempfile::TempDir, Pool) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("linekeeper.db");
        let pool = open_sqlite(&path, Cache { writer_kib: 256, reader_kib: 256 }).await.unwrap();
        let mut transaction = pool.begin().await.unwrap();
        transaction.connection().run_script("CREATE TABLE t (a INTEGER, b TEXT)").await.unwrap();
        transaction.commit().await.unwrap();
        (directory, pool)
    }

    async fn count(pool: &Pool) -> i64 {
        let mut transaction = pool.read().await.unwrap();
        let row = transaction.connection().fetch_one("SELECT COUNT(*) AS n FROM t", &[]).await.unwrap();
        row.get("n").unwrap()
    }

    #[tokio::test]
    async fn parameters_are_bound_by_number_and_not_by_position() {
        let (_directory, pool) = pool().await;
        for is_here in [true, false] {
            let mut transaction = if is_here { pool.begin_here().await } else { pool.begin().await }.unwrap();
            let sql = "INSERT INTO t (b, a) VALUES ($2, $1 + $1) RETURNING a, b";
            let row = transaction.connection().fetch_one(sql, &[4.into(), "text".into()]).await.unwrap();
            assert_eq!((row.get("a").ok(), row.get("b").ok()), (Some(8i64), Some("text".to_owned())));
        }
    }

    #[tokio::test]
    async fn a_dropped_transaction_is_rolled_back_at_once() {
        let (_directory, pool) = pool().await;
        for place in [Place::Here, Place::Aside] {
            let Pool::Sqlite { writer, .. } = &pool else { unreachable!("it is a file") };
            let mut lease = writer.acquire(place).await.unwrap();
            for sql in ["BEGIN IMMEDIATE", "INSERT INTO t VALUES (1, 'lost')"] {
                lease.run(sql.into_sql_str(), &[], Wanted::Nothing).await.unwrap();
            }
            drop(lease);
            assert_eq!(count(&pool).await, 0, "{place:?}");
        }
    }

    /// The caller stops waiting while its statement runs in another thread.
    #[tokio::test]
    async fn the_connection_can_be_used_again_after_its_caller_stopped_waiting() {
        let (_directory, pool) = pool().await;
        let mut transaction = pool.begin().await.unwrap();
        let mut connection = transaction.connection();
        let insert = connection.execute("INSERT INTO t VALUES (1, 'lost')", &[]);
        assert!(insert.now_or_never().is_none(), "it runs aside");
        let error = transaction.connection().execute("INSERT INTO t VALUES (2, 'lost')", &[]).await;
        assert!(matches!(error, Err(Error::GivenUp)), "{error:?}");
        drop(transaction);

        pool.begin().await.unwrap().commit().await.unwrap();
        assert_eq!(count(&pool).await, 0);
    }

    #[tokio::test]
    async fn a_query_whose_rows_are_not_all_read_releases_its_connection() {
        let (_directory, pool) = pool().await;
        let mut transaction = pool.begin().await.unwrap();
        let many = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
            INSERT INTO t SELECT i, 'text' FROM n";
        assert_eq!(transaction.connection().execute(many, &[]).await.unwrap(), 1000);
        transaction.commit().await.unwrap();

        for _ in 0..10 {
            let mut transaction = pool.read().await.unwrap();
            let mut connection = transaction.connection();
            let mut rows = connection.stream("SELECT a, b FROM t");
            assert!(rows.try_next().await.unwrap().is_some());
        }
        let mut transaction = pool.read().await.unwrap();
        let mut connection = transaction.connection();
        let rows: Vec<Row> = connection.stream("SELECT a, b FROM t").try_collect().await.unwrap();
        assert_eq!(rows.len(), 1000);
    }

    #[tokio::test]
    async fn an_error_in_a_later_row_is_returned_to_the_reader() {
        let (_directory, pool) = pool().await;
        let mut transaction = pool.begin().await.unwrap();
        transaction.connection().run_script("INSERT INTO t VALUES (1, '{}'), (2, 'no json')").await.unwrap();
        let mut connection = transaction.connection();
        let rows: Result<Vec<Row>, Error> =
            connection.stream("SELECT json(b) AS b FROM t").try_collect().await;
        assert!(matches!(rows, Err(Error::Sqlite(_))));
    }

    #[tokio::test]
    async fn a_column_value_of_the_wrong_type_is_an_error() {
        let (_directory, pool) = pool().await;
        let mut transaction = pool.begin().await.unwrap();
        let sql = "SELECT 1 AS number, 'x' AS text, NULL AS missing, CAST(x'ff' AS TEXT) AS bytes";
        let error = transaction.connection().fetch_one(sql, &[]).await.err();
        assert!(matches!(error, Some(Error::Column { .. })), "{error:?}");
        let row =
            transaction.connection().fetch_one("SELECT 1 AS number, NULL AS missing", &[]).await.unwrap();
        assert!(matches!(row.get::<String>("number"), Err(Error::Column { .. })));
        assert!(matches!(row.get::<i64>("missing"), Err(Error::Column { .. })));
        assert!(matches!(row.get::<i64>("unknown"), Err(Error::Column { .. })));
        assert_eq!(row.get::<Option<i64>>("missing").unwrap(), None);
    }
}
