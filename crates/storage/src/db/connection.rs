//! A borrowed connection of either driver, and the values bound to `$1`, `$2` and so on.

use futures_util::stream::{BoxStream, StreamExt as _};
use sqlx::{PgConnection, SqlSafeStr};

use super::error::Error;
use super::row::Row;
use super::sqlite::{Lease, Wanted};

/// A parameter. `None` is SQL's NULL of this type, because PostgreSQL needs the type of a NULL.
#[derive(Clone, Copy)]
pub(crate) enum Value<'v> {
    Int(Option<i64>),
    Text(Option<&'v str>),
    Bytes(Option<&'v [u8]>),
}

macro_rules! values {
    ($($variant:ident <- $type:ty),+ $(,)?) => {$(
        impl<'v> From<$type> for Value<'v> {
            fn from(value: $type) -> Self {
                Self::$variant(Some(value))
            }
        }

        impl<'v> From<Option<$type>> for Value<'v> {
            fn from(value: Option<$type>) -> Self {
                Self::$variant(value)
            }
        }
    )+};
}

values! { Int <- i64, Text <- &'v str, Bytes <- &'v [u8] }

/// A connection inside or outside of a transaction.
pub(crate) enum Connection<'c> {
    Sqlite(&'c mut Lease),
    Postgres(&'c mut PgConnection),
}

macro_rules! bound {
    ($sql:expr, $values:expr) => {{
        let mut query = sqlx::query($sql);
        for value in $values {
            query = match *value {
                Value::Int(value) => query.bind(value),
                Value::Text(value) => query.bind(value),
                Value::Bytes(value) => query.bind(value),
            };
        }
        query
    }};
}

impl Connection<'_> {
    /// Borrows the connection again for a shorter time, so that the caller can use it afterwards.
    pub(crate) const fn reborrow(&mut self) -> Connection<'_> {
        match self {
            Self::Sqlite(connection) => Connection::Sqlite(connection),
            Self::Postgres(connection) => Connection::Postgres(connection),
        }
    }

    /// Runs a statement and returns the number of affected rows.
    pub(crate) async fn execute(&mut self, sql: impl SqlSafeStr, values: &[Value<'_>]) -> Result<u64, Error> {
        Ok(match self {
            Self::Sqlite(lease) => lease.run(sql.into_sql_str(), values, Wanted::Nothing).await?.changed,
            Self::Postgres(connection) => {
                bound!(sql, values).execute(&mut **connection).await?.rows_affected()
            }
        })
    }

    /// The first row, if there is one.
    pub(crate) async fn fetch_optional(
        &mut self,
        sql: impl SqlSafeStr,
        values: &[Value<'_>],
    ) -> Result<Option<Row>, Error> {
        Ok(match self {
            Self::Sqlite(lease) => {
                lease.run(sql.into_sql_str(), values, Wanted::First).await?.rows.pop().map(Row::Sqlite)
            }
            Self::Postgres(connection) => {
                bound!(sql, values).fetch_optional(&mut **connection).await?.map(Row::Postgres)
            }
        })
    }

    /// The single row of a statement that always returns one.
    pub(crate) async fn fetch_one(
        &mut self,
        sql: impl SqlSafeStr,
        values: &[Value<'_>],
    ) -> Result<Row, Error> {
        self.fetch_optional(sql, values).await?.ok_or(Error::NoRow)
    }

    /// All rows.
    pub(crate) async fn fetch_all(
        &mut self,
        sql: impl SqlSafeStr,
        values: &[Value<'_>],
    ) -> Result<Vec<Row>, Error> {
        Ok(match self {
            Self::Sqlite(lease) => {
                let rows = lease.run(sql.into_sql_str(), values, Wanted::All).await?.rows;
                rows.into_iter().map(Row::Sqlite).collect()
            }
            Self::Postgres(connection) => {
                let rows = bound!(sql, values).fetch_all(&mut **connection).await?;
                rows.into_iter().map(Row::Postgres).collect()
            }
        })
    }

    /// All rows, one by one, for results that do not fit into memory.
    pub(crate) fn stream<'s>(&'s mut self, sql: impl SqlSafeStr + 's) -> BoxStream<'s, Result<Row, Error>> {
        match self {
            Self::Sqlite(lease) => lease.stream(sql.into_sql_str()),
            Self::Postgres(connection) => {
                let rows = sqlx::query(sql).fetch(&mut **connection);
                rows.map(|row| Ok(Row::Postgres(row?))).boxed()
            }
        }
    }

    /// Runs several statements without parameters.
    pub(crate) async fn run_script(&mut self, sql: &'static str) -> Result<(), Error> {
        match self {
            Self::Sqlite(lease) => lease.run_script(sql).await,
            Self::Postgres(connection) => {
                sqlx::raw_sql(sql).execute(&mut **connection).await?;
                Ok(())
            }
        }
    }
}
