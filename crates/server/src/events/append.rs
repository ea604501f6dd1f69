//! The only way to write into the event log: a change and its events commit in one transaction, and readers wake
//! after the commit.

use linekeeper_model::event::NewEvent;
use linekeeper_model::id::AccountId;
use linekeeper_storage::{Storage, StorageError, Tx, Written};

use super::Log;

/// A change that is being written. Dropping it rolls back.
pub struct Append {
    tx: Tx,
    events: Vec<NewEvent>,
    log: Log,
}

impl Append {
    /// Begins a separate transaction, for a change that a person waits for.
    pub async fn begin(storage: &Storage, log: &Log) -> Result<Self, StorageError> {
        Ok(Self { tx: storage.begin().await?, events: Vec::new(), log: log.clone() })
    }

    /// The transaction, for the change itself.
    pub const fn tx(&mut self) -> &mut Tx {
        &mut self.tx
    }

    /// Publishes an event about the change.
    pub fn tell(&mut self, event: NewEvent) {
        self.events.push(event);
    }

    /// Appends the events, commits everything, and wakes the readers.
    pub async fn commit(mut self) -> Result<(), StorageError> {
        // This comes last, because from here on every other transaction that appends has to wait.
        let seq = self.tx.events().append_all(&self.events).await?;
        self.tx.commit().await?;
        if let Some(seq) = seq {
            self.log.committed(seq);
        }
        Ok(())
    }
}

/// Runs `work` in a transaction that it shares with other work, and wakes the readers. This is for frequent changes.
/// Work that fails is rolled back alone. It may change rows of this account only.
pub async fn append_with_others<T, F>(
    storage: &Storage,
    log: &Log,
    account: AccountId,
    work: F,
) -> Result<T, StorageError>
where
    T: Send + 'static,
    F: for<'t> FnOnce(&'t mut Tx) -> futures_util::future::BoxFuture<'t, Result<Written<T>, StorageError>>
        + Send
        + 'static,
{
    let (value, seq) = storage.group().write(account.as_uuid(), work).await?;
    if let Some(seq) = seq {
        log.committed(seq);
    }
    Ok(value)
}
