//! The only way to write to the event log. A change and its events are committed in one transaction, and the
//! readers wake after the commit.

use linekeeper_model::event::NewEvent;
use linekeeper_model::id::AccountId;
use linekeeper_storage::{Storage, StorageError, Tx, Written};

use super::Log;

/// A change that is being written. If it is dropped before the commit, it is rolled back.
pub struct Append {
    tx: Tx,
    events: Vec<NewEvent>,
    log: Log,
}

impl Append {
    /// Begins a transaction that contains no other change. Use it for a change that a person waits for.
    pub async fn begin(storage: &Storage, log: &Log) -> Result<Self, StorageError> {
        Ok(Self { tx: storage.begin().await?, events: Vec::new(), log: log.clone() })
    }

    /// The transaction in which to make the change.
    pub const fn tx(&mut self) -> &mut Tx {
        &mut self.tx
    }

    /// Adds an event about the change. It is published with the commit.
    pub fn tell(&mut self, event: NewEvent) {
        self.events.push(event);
    }

    /// Appends the events, commits everything, and wakes the readers.
    pub async fn commit(mut self) -> Result<(), StorageError> {
        // The events are appended last, because from this point every other transaction that appends events must
        // wait.
        let seq = self.tx.events().append_all(&self.events).await?;
        self.tx.commit().await?;
        if let Some(seq) = seq {
            self.log.committed(seq);
        }
        Ok(())
    }
}

/// Runs `work` in a transaction that it shares with other work, and wakes the readers after the commit. This is for
/// frequent changes. If `work` fails, only `work` is rolled back. `work` may change only rows of the account `account`.
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
