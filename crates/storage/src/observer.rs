//! Reports how long storage operations take. Code that collects metrics passes an observer to
//! [`crate::Storage::open_observed`].

use std::time::Duration;

/// An operation on the tables of the vault, the encrypted store of sessions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VaultOperation {
    /// A read, with one or more statements.
    Read,
    /// A write. Its duration ends when the write is on disk. With SQLite, the duration includes the other writes of the
    /// same transaction.
    Write,
}

/// The kind of a transaction on the product's tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// The transaction only reads, from a snapshot.
    Read,
    /// The transaction can also write.
    Write,
}

/// Receives durations. An observer is called while other code waits, so it must return quickly. The default
/// methods do nothing.
pub trait Observer: Send + Sync + 'static {
    /// A read or write of the vault ended.
    fn vault(&self, operation: VaultOperation, took: Duration, succeeded: bool) {
        let _ = (operation, took, succeeded);
    }

    /// A transaction began. `waited` is the time for which it waited for a connection and, with SQLite, for other
    /// writers.
    fn transaction_began(&self, access: Access, waited: Duration) {
        let _ = (access, waited);
    }

    /// Events were appended in a transaction that is still open. On PostgreSQL, the time includes waiting for
    /// other transactions that append events.
    fn events_appended(&self, took: Duration) {
        let _ = took;
    }

    /// A transaction that appended `events` events was committed.
    fn events_committed(&self, events: u64, took: Duration) {
        let _ = (events, took);
    }
}

/// An observer that ignores all reports.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unobserved;

impl Observer for Unobserved {}
