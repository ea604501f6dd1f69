//! A durable reader of the log. It has a cursor in the database, which only one holder (a server) may move. Each
//! new event wakes it. It reads page by page, so that even a large backlog takes only the memory of one page. The
//! code that uses the reader decides when an event is done, and moves the cursor in the same transaction.

use std::time::Duration;

use linekeeper_model::event::{Event, Seq};
use linekeeper_model::id::{AccountId, WorkspaceId};
use linekeeper_storage::{Hold, Interest, Storage, StorageError, Tx};
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

use super::Log;

/// How often the holder of a reader writes a sign of life if the cursor does not move. It shows other servers that the
/// holder still runs.
const SIGN_OF_LIFE: Duration = Duration::from_secs(60);
/// If the holder gives no sign of life for this many milliseconds, another server takes over the reader.
const SILENCE: u32 = 180_000;
/// The pause between two checks of a server on standby, and while the database cannot be used.
const REST: Duration = Duration::from_secs(10);

/// When a server takes over a reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// Immediately, even if another server holds the reader. A server does this when it starts.
    Now,
    /// Only when the holder gives no sign of life. A server does this after it has lost the reader.
    WhenSilent,
}

/// Why a reader could not continue.
#[derive(Debug, thiserror::Error)]
pub enum ReaderError {
    /// Another server holds the reader now.
    #[error("another server took over")]
    Lost,
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// A durable reader of the event log. Its cursor is in the database, and only one server at a time holds the reader.
pub struct Reader {
    storage: Storage,
    log: Log,
    name: String,
    interest: Interest,
    hold: Hold,
    news: watch::Receiver<Seq>,
    /// The event number up to which everything was read.
    read: Seq,
    /// The cursor as the database has it.
    kept: Seq,
    heard: Instant,
}

/// The result of one read of the log.
#[derive(Debug)]
pub struct Page<T> {
    /// The items, in the order of the log.
    pub items: Vec<T>,
    /// All events of interest up to this event number are on this page or an earlier one. When the page is
    /// processed, call [`Reader::read_up_to`] with this number.
    pub through: Seq,
    /// Whether the log has no more events now.
    pub is_last: bool,
    /// Whether some events after the cursor were removed because of their age before they were read.
    pub gap: bool,
}

impl Reader {
    /// Takes over the reader at the time that `turn` says. Waits as long as necessary, also for the database.
    pub async fn hold(storage: &Storage, log: &Log, name: &str, interest: Interest, turn: Turn) -> Self {
        // Subscribes before the first read, so that no event is missed in between.
        let news = log.subscribe();
        loop {
            match take(storage, name, turn).await {
                Ok(Some((hold, cursor))) => {
                    return Self {
                        storage: storage.clone(),
                        log: log.clone(),
                        name: name.to_owned(),
                        interest,
                        hold,
                        news,
                        read: cursor,
                        kept: cursor,
                        heard: Instant::now(),
                    };
                }
                Ok(None) => {}
                Err(error) => tracing::warn!(reader = name, %error, "could not take a reader of the log"),
            }
            sleep(REST).await;
        }
    }

    /// Reads the next events with their payloads.
    pub async fn events(&self, tx: &mut Tx, limit: u32) -> Result<Page<Event>, StorageError> {
        let extent = tx.events().extent().await?;
        let events = tx.events().wanted(&self.interest, self.read, limit).await?;
        let last = events.last().map(|event| event.seq);
        Ok(self.page(events, last, limit, extent.last, extent.pruned))
    }

    /// Reads which accounts the next events are about. The payloads are not read.
    pub async fn accounts(
        &self,
        tx: &mut Tx,
        limit: u32,
    ) -> Result<Page<(Seq, WorkspaceId, AccountId)>, StorageError> {
        let extent = tx.events().extent().await?;
        let found = tx.events().accounts_wanted(&self.interest, self.read, limit).await?;
        let last = found.last().map(|(seq, ..)| *seq);
        Ok(self.page(found, last, limit, extent.last, extent.pruned))
    }

    /// Notes that a page was processed. The next page begins after it.
    pub fn read_up_to(&mut self, through: Seq) {
        self.read = self.read.max(through);
    }

    /// The event number up to which everything was read.
    pub const fn read(&self) -> Seq {
        self.read
    }

    /// The event number up to which everything is done, as the database has it.
    pub const fn kept(&self) -> Seq {
        self.kept
    }

    /// Changes which events the reader reads from its current position on.
    pub fn set_interest(&mut self, interest: Interest) {
        self.interest = interest;
    }

    /// Returns a mover, which moves the cursor inside another transaction.
    pub fn mover(&self) -> Mover {
        Mover { name: self.name.clone(), hold: self.hold }
    }

    /// Notes that the cursor is now at `to`. Call this after the transaction that moved the cursor was committed.
    pub fn moved(&mut self, to: Seq) {
        self.kept = self.kept.max(to);
        self.heard = Instant::now();
    }

    /// Moves the cursor to `done` if the cursor is at least `slack` events behind `done`, or if the holder has given no
    /// sign of life for a minute. Otherwise the function writes nothing.
    pub async fn keep(&mut self, done: Seq, slack: u64) -> Result<(), ReaderError> {
        if done.get() < self.kept.get() + slack && self.heard.elapsed() < SIGN_OF_LIFE {
            return Ok(());
        }
        let mut tx = self.storage.begin().await?;
        self.mover().advance(&mut tx, done).await?;
        tx.commit().await?;
        self.moved(done);
        Ok(())
    }

    /// Waits until the log may have new events. New means later than the last read or the last call of this function.
    pub async fn woken(&mut self) {
        // This returns an error only if the log was dropped, but this reader holds the log.
        let _gone = self.news.changed().await;
    }

    /// The number of events of all types after the cursor.
    pub fn behind(&self) -> u64 {
        self.log.last().get().saturating_sub(self.kept.get())
    }

    fn page<T>(&self, items: Vec<T>, last: Option<Seq>, limit: u32, end: Seq, pruned: Seq) -> Page<T> {
        let is_last = items.len() < limit as usize;
        // On the last page, events of no interest at the end of the log count as read, so that they are not searched
        // again.
        let through = last.filter(|_| !is_last).unwrap_or(end);
        Page { items, through, is_last, gap: self.read > Seq::START && self.read < pruned }
    }
}

/// Moves a reader's cursor in a transaction of the caller. Cloning it is cheap.
#[derive(Debug, Clone)]
pub struct Mover {
    name: String,
    hold: Hold,
}

impl Mover {
    /// Moves the cursor to `to` as part of `tx`. The cursor never moves backwards. If another server holds the
    /// reader, this returns an error, and `tx` must not be committed.
    pub async fn advance(&self, tx: &mut Tx, to: Seq) -> Result<(), ReaderError> {
        if tx.cursors().put(&self.name, self.hold, to).await? { Ok(()) } else { Err(ReaderError::Lost) }
    }
}

async fn take(storage: &Storage, name: &str, turn: Turn) -> Result<Option<(Hold, Seq)>, StorageError> {
    let mut tx = storage.begin().await?;
    let taken = match turn {
        Turn::Now => Some(tx.cursors().take(name).await?),
        Turn::WhenSilent => tx.cursors().take_if_silent(name, SILENCE).await?,
    };
    tx.commit().await?;
    Ok(taken)
}
