//! The durable reader of the log: a cursor in the database, which only one holder moves, and a wake-up for each new
//! event. It reads page by page, so any backlog takes the memory of one page. The code that uses it decides when an
//! event is done, and moves the cursor in the same transaction.

use std::time::Duration;

use linekeeper_model::event::{Event, Seq};
use linekeeper_model::id::{AccountId, WorkspaceId};
use linekeeper_storage::{Hold, Interest, Storage, StorageError, Tx};
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

use super::Log;

/// How often a holder gives a sign of life if its cursor does not move.
const SIGN_OF_LIFE: Duration = Duration::from_secs(60);
/// After this many milliseconds without a sign of life, another server takes the reader.
const SILENCE: u32 = 180_000;
/// The pause between two checks on standby, and while the database cannot be used.
const REST: Duration = Duration::from_secs(10);

/// When a server takes a reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// At once, from any holder: at the start of a server.
    Now,
    /// Takes the reader when its holder is silent, after another server took it.
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

/// See the module.
pub struct Reader {
    storage: Storage,
    log: Log,
    name: String,
    interest: Interest,
    hold: Hold,
    news: watch::Receiver<Seq>,
    /// Everything up to this place was read.
    read: Seq,
    /// What the database has.
    kept: Seq,
    heard: Instant,
}

/// The result of one read of the log.
#[derive(Debug)]
pub struct Page<T> {
    /// The items, in the order of the log.
    pub items: Vec<T>,
    /// Everything of interest up to this place is on this page or an earlier one. Call [`Reader::read_up_to`] with it
    /// once the page is processed.
    pub through: Seq,
    /// Whether the log has no more events now.
    pub is_last: bool,
    /// Whether events after the cursor were removed because of their age before they were read.
    pub gap: bool,
}

impl Reader {
    /// Takes the reader. Waits for its turn and for the database as long as necessary.
    pub async fn hold(storage: &Storage, log: &Log, name: &str, interest: Interest, turn: Turn) -> Self {
        // Subscribe before the first read, so that no event is missed in between.
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

    /// The next events, whole.
    pub async fn events(&self, tx: &mut Tx, limit: u32) -> Result<Page<Event>, StorageError> {
        let extent = tx.events().extent().await?;
        let events = tx.events().wanted(&self.interest, self.read, limit).await?;
        let last = events.last().map(|event| event.seq);
        Ok(self.page(events, last, limit, extent.last, extent.pruned))
    }

    /// Which accounts the next events are about, without their payloads.
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

    /// A page was processed, so the next page begins after it.
    pub fn read_up_to(&mut self, through: Seq) {
        self.read = self.read.max(through);
    }

    /// The place up to which everything was read.
    pub const fn read(&self) -> Seq {
        self.read
    }

    /// The place up to which everything is done, as the database has it.
    pub const fn kept(&self) -> Seq {
        self.kept
    }

    /// Changes which events the reader reads from its current place on.
    pub fn set_interest(&mut self, interest: Interest) {
        self.interest = interest;
    }

    /// Moves the cursor inside another transaction.
    pub fn mover(&self) -> Mover {
        Mover { name: self.name.clone(), hold: self.hold }
    }

    /// A transaction that moved the cursor to `to` was committed.
    pub fn moved(&mut self, to: Seq) {
        self.kept = self.kept.max(to);
        self.heard = Instant::now();
    }

    /// Moves the cursor if this is worth a write: it is `slack` events behind, or the holder was silent for a minute.
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

    /// Returns when there may be new events since the last read, or since the last call.
    pub async fn woken(&mut self) {
        // This fails only if the log is gone, and this reader holds it.
        let _gone = self.news.changed().await;
    }

    /// The number of events of all types after the cursor.
    pub fn behind(&self) -> u64 {
        self.log.last().get().saturating_sub(self.kept.get())
    }

    fn page<T>(&self, items: Vec<T>, last: Option<Seq>, limit: u32, end: Seq, pruned: Seq) -> Page<T> {
        let is_last = items.len() < limit as usize;
        // Skips uninteresting events too, so that they are not searched again.
        let through = last.filter(|_| !is_last).unwrap_or(end);
        Page { items, through, is_last, gap: self.read > Seq::START && self.read < pruned }
    }
}

/// Moves a reader's cursor. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Mover {
    name: String,
    hold: Hold,
}

impl Mover {
    /// Moves the cursor to `to` as part of `tx`, never backwards. If another server holds the reader, `tx` must not
    /// be committed.
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
