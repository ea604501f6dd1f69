//! The errors of a database, the same for SQLite and PostgreSQL.

use std::io;

/// An error of a driver, or of this module.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error(transparent)]
    Postgres(#[from] sqlx::Error),
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    #[error(transparent)]
    Io(#[from] io::Error),
    /// All connections were in use for too long.
    #[error("no connection to the database became free in time")]
    NoConnection,
    /// The connection cannot be used any more: the caller stopped waiting for an earlier statement on it, or the
    /// program is stopping.
    #[error("the connection to the database was given up")]
    GivenUp,
    #[error("the database is closed")]
    Closed,
    /// Another process still reads SQLite's log, so the log cannot be emptied.
    #[error("another process reads from the log")]
    LogInUse,
    #[error("there is no row")]
    NoRow,
    /// A row has no such column, or its value has another type.
    #[error("the column {column} cannot be read: {cause}")]
    Column { column: String, cause: &'static str },
    #[error("a row cannot be encoded: {0}")]
    Encode(String),
}
