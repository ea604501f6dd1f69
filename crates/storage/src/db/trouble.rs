//! Sorts the drivers' errors by what can be done about them.

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
    pub(crate) fn of(error: &sqlx::Error) -> Self {
        match error {
            sqlx::Error::Database(database) if database.is_unique_violation() => Self::Duplicate,
            sqlx::Error::Database(database) => Self::of_code(database.as_ref()),
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

    fn of_code(error: &dyn sqlx::error::DatabaseError) -> Self {
        let code = error.code();
        let code = code.as_deref().unwrap_or("");
        if error.try_downcast_ref::<sqlx::postgres::PgDatabaseError>().is_some() {
            Self::of_sqlstate(code)
        } else {
            Self::of_sqlite(code.parse().unwrap_or(0))
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

    /// See <https://www.sqlite.org/rescode.html>. Extended codes contain the primary code in their low byte.
    fn of_sqlite(code: i64) -> Self {
        const BUSY: i64 = 5;
        const LOCKED: i64 = 6;
        const READONLY: i64 = 8;
        const IOERR: i64 = 10;
        const CORRUPT: i64 = 11;
        const FULL: i64 = 13;
        const CANTOPEN: i64 = 14;
        const NOTADB: i64 = 26;
        match code & 0xff {
            BUSY | LOCKED | READONLY | IOERR | FULL | CANTOPEN => Self::Unavailable,
            CORRUPT | NOTADB => Self::Damaged,
            _ => Self::Refused,
        }
    }
}
