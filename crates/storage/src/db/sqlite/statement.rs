//! Runs one statement on a SQLite connection, in the thread of the caller.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ToSql};

use crate::db::connection::Value;
use crate::db::error::Error;
use crate::db::row::Values;

/// A statement that takes this long is logged, as the driver of PostgreSQL does by itself. The usual cause is
/// a commit that waits for a slow disk.
const SLOW: Duration = Duration::from_secs(1);

/// Which rows of a statement the caller wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// No rows. The statement still runs to its end.
    Nothing,
    First,
    All,
}

/// What a statement did.
pub(crate) struct Done {
    pub(crate) rows: Vec<Values>,
    /// How many rows the last writing statement of the connection changed.
    pub(crate) changed: u64,
}

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let value = match *self {
            Value::Int(value) => value.map(ValueRef::Integer),
            Value::Text(value) => value.map(|text| ValueRef::Text(text.as_bytes())),
            Value::Bytes(value) => value.map(ValueRef::Blob),
        };
        Ok(ToSqlOutput::Borrowed(value.unwrap_or(ValueRef::Null)))
    }
}

/// Prepares the statement, or takes it from the connection's cache, and runs it.
pub(super) fn run(
    connection: &Connection,
    sql: &str,
    values: &[impl ToSql],
    wanted: Wanted,
) -> Result<Done, Error> {
    let began = Instant::now();
    let mut rows = Vec::new();
    each(connection, sql, values, |row| {
        if wanted != Wanted::Nothing {
            rows.push(row.take()?);
        }
        Ok(wanted != Wanted::First)
    })?;
    let took = began.elapsed();
    if took >= SLOW {
        // The statement can be logged, because its text contains only parameters and not their values.
        tracing::warn!(?took, statement = sql, "a statement took long");
    }
    Ok(Done { rows, changed: connection.changes() })
}

/// Runs the statement until it ends or `step` returns false.
pub(super) fn each(
    connection: &Connection,
    sql: &str,
    values: &[impl ToSql],
    mut step: impl FnMut(Current<'_, '_>) -> Result<bool, Error>,
) -> Result<(), Error> {
    let mut statement = connection.prepare_cached(sql)?;
    for index in 1..=statement.parameter_count() {
        // SQLite numbers the parameters in the order in which they first appear, so the index of `$3` may not be 3.
        let number = statement.parameter_name(index).and_then(|name| name.get(1..)?.parse::<usize>().ok());
        if let Some(value) = values.get(number.unwrap_or(index).wrapping_sub(1)) {
            statement.raw_bind_parameter(index, value)?;
        }
    }
    let mut names = None;
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next()? {
        if !step(Current { row, names: &mut names })? {
            break;
        }
    }
    Ok(())
}

/// The current row of a statement.
pub(super) struct Current<'r, 's> {
    row: &'r rusqlite::Row<'s>,
    names: &'r mut Option<Arc<[Box<str>]>>,
}

impl Current<'_, '_> {
    pub(super) fn take(self) -> Result<Values, Error> {
        let row = self.row;
        let names = self.names.get_or_insert_with(|| row.as_ref().column_names().map(Box::from).collect());
        Values::copy(row, names)
    }
}
