//! What storage tells of its own pace. Whoever counts gives an observer to [`crate::Storage::open_observed`]; storage
//! must not know what becomes of the figures.

use std::time::Duration;

/// What is done to the vault's rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VaultOperation {
    /// One question, of one or several statements.
    Read,
    /// One change, until it is on disk: with SQLite that includes the wait for the group it is written with.
    Write,
}

/// What a transaction on the product's tables is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// A snapshot.
    Read,
    /// It may write.
    Write,
}

/// Is told how long things took. Called from the middle of the work, so it must not wait. What nobody is interested in
/// does nothing.
pub trait Observer: Send + Sync + 'static {
    /// A read or write of the vault ended.
    fn vault(&self, operation: VaultOperation, took: Duration, succeeded: bool) {
        let _ = (operation, took, succeeded);
    }

    /// A transaction began, after it had waited for a connection and, with SQLite, for other writers.
    fn transaction_began(&self, access: Access, waited: Duration) {
        let _ = (access, waited);
    }

    /// Events were appended to a transaction that is still open: on PostgreSQL this waits for others that append.
    fn events_appended(&self, took: Duration) {
        let _ = took;
    }

    /// A transaction with so many events was committed.
    fn events_committed(&self, events: u64, took: Duration) {
        let _ = (events, took);
    }
}

/// Nobody counts.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unobserved;

impl Observer for Unobserved {}
