//! The one kind of durable reader of the log: a cursor in the database, moved by one holder, and a wake-up with each new
//! event. It reads by pages, so that a backlog of any length takes the memory of one page. Whoever reads decides when an
//! event is done, and moves the cursor in the transaction that makes it so.

use std::time::Duration;

use linekeeper_model::event::{Event, Seq};
use linekeeper_model::id::{AccountId, WorkspaceId};
use linekeeper_storage::{Hold, Interest, Storage, StorageError, Tx};
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

use super::Log;

/// How often a holder gives a sign of life where its cursor does not move.
const SIGN_OF_LIFE: Duration = Duration::from_secs(60);
/// After so many milliseconds without one, somebody else takes the reader.
const SILENCE: u32 = 180_000;
/// Between two looks of those who stand by, and while the database cannot be used.
const REST: Duration = Duration::from_secs(10);

/// How a reader comes to be held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// At once, from whoever holds it: at the start of a server.
    Now,
    /// When its holder is silent: after it was lost to another server.
    WhenSilent,
}

/// Why a reader could not go on.
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
    /// Up to here everything was read.
    read: Seq,
    /// What the database has.
    kept: Seq,
    heard: Instant,
}

/// What one look at the log found.
#[derive(Debug)]
pub struct Page<T> {
    /// In the order of the log.
    pub items: Vec<T>,
    /// Up to here all that is of interest is on this page or before it. Tell [`Reader::read_up_to`] once it is taken.
    pub through: Seq,
    /// Whether nothing more is in the log at this moment.
    pub is_last: bool,
    /// Whether events after the cursor were removed for their age before they were read.
    pub gap: bool,
}

impl Reader {
    /// Takes the reader, and waits for its turn and for the database as long as it takes.
    pub async fn hold(storage: &Storage, log: &Log, name: &str, interest: Interest, turn: Turn) -> Self {
        // Before the first look, so that nothing can come between.
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

    /// Which accounts the next events are about, without what they carry.
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

    /// A page was taken: the next one begins behind it.
    pub fn read_up_to(&mut self, through: Seq) {
        self.read = self.read.max(through);
    }

    /// Up to where everything was read.
    pub const fn read(&self) -> Seq {
        self.read
    }

    /// Up to where everything is done, as the database has it.
    pub const fn kept(&self) -> Seq {
        self.kept
    }

    /// From now on it reads other events, from where it is.
    pub fn set_interest(&mut self, interest: Interest) {
        self.interest = interest;
    }

    /// What moves the cursor inside of somebody's transaction.
    pub fn mover(&self) -> Mover {
        Mover { name: self.name.clone(), hold: self.hold }
    }

    /// A transaction that moved the cursor to `to` was committed.
    pub fn moved(&mut self, to: Seq) {
        self.kept = self.kept.max(to);
        self.heard = Instant::now();
    }

    /// Moves the cursor where that is worth a write: it is `slack` events behind, or the holder was silent for a minute.
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

    /// Returns when there may be new events since the last look, or since this last returned.
    pub async fn woken(&mut self) {
        // It fails only where the log is gone, which this reader keeps.
        let _gone = self.news.changed().await;
    }

    /// How many events, of all kinds, are behind the cursor.
    pub fn behind(&self) -> u64 {
        self.log.last().get().saturating_sub(self.kept.get())
    }

    fn page<T>(&self, items: Vec<T>, last: Option<Seq>, limit: u32, end: Seq, pruned: Seq) -> Page<T> {
        let is_last = items.len() < limit as usize;
        // Past what is of no interest as well: it is not searched again.
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
    /// Moves the cursor to `to`, never back, as part of `tx`. Where another server holds the reader, `tx` must not be
    /// committed.
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
