//! Reports how long storage operations take. Code that collects metrics passes an observer to
//! [`crate::Storage::open_observed`]; storage must not know what happens with the figures.

use std::time::Duration;

/// An operation on the vault's rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VaultOperation {
    /// One read, with one or several statements.
    Read,
    /// One change, until it is on disk. With SQLite this includes the wait for its group of writes.
    Write,
}

/// The kind of a transaction on the product's tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// A snapshot.
    Read,
    /// The transaction may write.
    Write,
}

/// Receives durations. It is called in the middle of the work, so it must not wait. The default methods do nothing.
pub trait Observer: Send + Sync + 'static {
    /// A read or write of the vault ended.
    fn vault(&self, operation: VaultOperation, took: Duration, succeeded: bool) {
        let _ = (operation, took, succeeded);
    }

    /// A transaction began, after it had waited for a connection and, with SQLite, for other writers.
    fn transaction_began(&self, access: Access, waited: Duration) {
        let _ = (access, waited);
    }

    /// Events were appended to a transaction that is still open. On PostgreSQL, this waits for other transactions
    /// that append.
    fn events_appended(&self, took: Duration) {
        let _ = took;
    }

    /// A transaction with this many events was committed.
    fn events_committed(&self, events: u64, took: Duration) {
        let _ = (events, took);
    }
}

/// An observer that records nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unobserved;

impl Observer for Unobserved {}
