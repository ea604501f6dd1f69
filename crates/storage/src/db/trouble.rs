//! Sorts the drivers' errors by what can be done about them.

use super::error::Error;

/// The meaning of a driver's error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// The database is unreachable, locked for too long, or out of disk space.
    Unavailable,
    /// The file or a row is damaged.
    Damaged,
    /// A unique index refused the row.
    Duplicate,
    /// A statement is wrong, which is a programming error.
    Refused,
}

impl Trouble {
    pub(crate) fn of(error: &Error) -> Self {
        match error {
            Error::Postgres(error) => Self::of_postgres(error),
            Error::Sqlite(error) => error.sqlite_error().map_or(Self::Refused, Self::of_sqlite),
            Error::Io(_) | Error::NoConnection | Error::GivenUp | Error::Closed | Error::LogInUse => {
                Self::Unavailable
            }
            Error::Column { .. } => Self::Damaged,
            Error::NoRow | Error::Encode(_) => Self::Refused,
        }
    }

    fn of_postgres(error: &sqlx::Error) -> Self {
        match error {
            sqlx::Error::Database(database) if database.is_unique_violation() => Self::Duplicate,
            sqlx::Error::Database(database) => Self::of_sqlstate(database.code().as_deref().unwrap_or("")),
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => Self::Damaged,
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::Protocol(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed
            | sqlx::Error::BeginFailed => Self::Unavailable,
            _ => Self::Refused,
        }
    }

    /// <https://www.postgresql.org/docs/current/errcodes-appendix.html>
    fn of_sqlstate(code: &str) -> Self {
        match code.get(..2).unwrap_or("") {
            // These classes mean: connection, resources (disk full is 53100), operator, system, and serialisation or
            // deadlock.
            "08" | "53" | "57" | "58" | "40" => Self::Unavailable,
            // A standby server, or a server set to read-only.
            "25" if code == "25006" => Self::Unavailable,
            "55" if code == "55P03" => Self::Unavailable,
            "XX" => Self::Damaged,
            _ => Self::Refused,
        }
    }

    /// <https://www.sqlite.org/rescode.html>
    const fn of_sqlite(error: &rusqlite::ffi::Error) -> Self {
        use rusqlite::ErrorCode as Code;
        use rusqlite::ffi::{SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_UNIQUE};
        match (error.code, error.extended_code) {
            (_, SQLITE_CONSTRAINT_UNIQUE | SQLITE_CONSTRAINT_PRIMARYKEY) => Self::Duplicate,
            (
                Code::DatabaseBusy
                | Code::DatabaseLocked
                | Code::ReadOnly
                | Code::SystemIoFailure
                | Code::DiskFull
                | Code::CannotOpen,
                _,
            ) => Self::Unavailable,
            (Code::DatabaseCorrupt | Code::NotADatabase, _) => Self::Damaged,
            _ => Self::Refused,
        }
    }
}
