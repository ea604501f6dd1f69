//! Reads the event log and computes the analytics figures from it. The figures, the marks (the times from which
//! durations are measured) and the reader's position are written in one transaction, so each event counts once
//! even if the process is killed. Only one server at a time holds the right to read the log for the figures.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use linekeeper_model::analytics::{Counted, Outages, count, needed};
use linekeeper_model::clock::Clock;
use linekeeper_storage::{CountedFrom, Interest, Storage};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use crate::events::{Log, Reader, ReaderError, Turn};

const READER: &str = "analytics";
/// The maximum number of events that are counted in one transaction.
const AT_ONCE: u32 = 500;
/// How often the server records a sign of life, which shows later that it was running.
const SIGN_OF_LIFE: Duration = Duration::from_secs(30);
/// How long to wait before trying again if the database cannot be used.
const REST: Duration = Duration::from_secs(10);

/// Reads the event log and adds its events to the analytics figures.
pub struct Counter {
    /// The database with the events and the figures.
    pub storage: Storage,
    /// Notifies about new events.
    pub log: Log,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// How long the counter waits after a new event for more events. It counts them together, so that a busy server
    /// writes each row less often.
    pub breath: Duration,
}

/// What a counter keeps in memory: the reader of the log, the periods in which no server ran, and the time of its last
/// sign of life.
struct Position {
    reader: Reader,
    outages: Outages,
    lived: Instant,
}

impl Counter {
    /// Counts events until `stopping` is cancelled.
    pub async fn run(self, stopping: CancellationToken) {
        let mut turn = Turn::Now;
        loop {
            let interest = Interest { types: Counted::TYPES.to_vec(), ..Interest::default() };
            let held = Reader::hold(&self.storage, &self.log, READER, interest, turn);
            let Some(reader) = stopping.run_until_cancelled(held).await else { return };
            self.read_on(reader, turn, &stopping).await;
            if stopping.is_cancelled() {
                return;
            }
            tracing::info!("another server counts now; standing by");
            turn = Turn::WhenSilent;
        }
    }

    /// Counts events until `stopping` is cancelled or another server takes over the reader.
    async fn read_on(&self, mut reader: Reader, turn: Turn, stopping: &CancellationToken) {
        let outages = loop {
            match self.begin(&mut reader, turn).await {
                Ok(outages) => break outages,
                Err(ReaderError::Lost) => return,
                Err(ReaderError::Storage(error)) => {
                    tracing::warn!(%error, "could not begin to count; trying again");
                    if stopping.run_until_cancelled(sleep(REST)).await.is_none() {
                        return;
                    }
                }
            }
        };
        let mut position = Position { reader, outages, lived: Instant::now() };
        while !stopping.is_cancelled() {
            let wait = match self.step(&mut position, stopping).await {
                Ok(()) => SIGN_OF_LIFE,
                Err(ReaderError::Lost) => return,
                Err(ReaderError::Storage(error)) => {
                    tracing::warn!(%error, "could not count events; trying again");
                    REST
                }
            };
            tokio::select! {
                () = sleep(wait) => {}
                () = position.reader.woken() => {
                    stopping.run_until_cancelled(sleep(self.breath)).await;
                }
                () = stopping.cancelled() => {}
            }
        }
    }

    /// Records that this server runs, and reads the periods in which no server ran. If this server was on standby and
    /// now takes over from a server that stopped, the time on standby counts as running.
    async fn begin(&self, reader: &mut Reader, turn: Turn) -> Result<Outages, ReaderError> {
        let (now, kept) = (self.clock.now(), reader.kept());
        let mut tx = self.storage.begin().await?;
        reader.mover().advance(&mut tx, kept).await?;
        match turn {
            Turn::Now => tx.analytics().server_started(now).await?,
            Turn::WhenSilent => tx.analytics().server_lives(now).await?,
        }
        let outages = tx.analytics().outages().await?;
        tx.commit().await?;
        reader.moved(kept);
        Ok(outages)
    }

    /// Counts all new events, and records a sign of life when one is due.
    async fn step(&self, position: &mut Position, stopping: &CancellationToken) -> Result<(), ReaderError> {
        loop {
            let more = self.count_a_page(position).await?;
            if position.lived.elapsed() >= SIGN_OF_LIFE {
                self.live(position).await?;
            }
            if !more || stopping.is_cancelled() {
                return Ok(());
            }
        }
    }

    /// Records that the server still runs, and renews its right to read the log.
    async fn live(&self, position: &mut Position) -> Result<(), ReaderError> {
        let read = position.reader.read();
        let mut tx = self.storage.begin().await?;
        position.reader.mover().advance(&mut tx, read).await?;
        tx.analytics().server_lives(self.clock.now()).await?;
        tx.commit().await?;
        position.reader.moved(read);
        position.lived = Instant::now();
        Ok(())
    }

    /// Counts one page of events. Returns false if the log has no more events.
    async fn count_a_page(&self, position: &mut Position) -> Result<bool, ReaderError> {
        let mut tx = self.storage.read().await?;
        let page = position.reader.events(&mut tx, AT_ONCE).await?;
        drop(tx);
        if page.gap {
            tracing::warn!("events were removed for their age before they were counted");
        }
        if !page.items.is_empty() {
            let mut tx = self.storage.begin().await?;
            let kept = tx.cursors().get(READER).await?;
            if kept > position.reader.read() {
                // An earlier commit succeeded, but the database connection broke before the result arrived. So the
                // events of this page are already counted.
                position.reader.moved(kept);
                position.reader.read_up_to(kept);
                return Ok(true);
            }
            // This must be the first write: if another server has taken over the reader, this server must write
            // nothing.
            position.reader.mover().advance(&mut tx, page.through).await?;
            let wanted: BTreeSet<_> = page.items.iter().flat_map(needed).collect();
            let wanted: Vec<_> = wanted.into_iter().collect();
            let mut marks = tx.analytics().marks(&wanted).await?;
            let mut counted = Counted::default();
            for event in &page.items {
                count(event, &mut marks, &position.outages, &mut counted);
            }
            for (account, day, figures) in counted.days() {
                tx.analytics().add(CountedFrom::Log, account, day, figures).await?;
            }
            tx.analytics().put_marks(&marks).await?;
            tx.commit().await?;
            position.reader.moved(page.through);
        }
        position.reader.read_up_to(page.through);
        Ok(!page.is_last)
    }
}
