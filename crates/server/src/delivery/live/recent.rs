//! The newest events, read from the log once for all listeners. A listener that is further behind reads the log
//! itself.

use std::collections::VecDeque;

use linekeeper_model::event::{Event, EventType, Payload, Seq};
use linekeeper_storage::{Interest, Storage, StorageError};
use tokio::sync::Mutex;

use super::Letter;
use crate::events::Log;

/// The maximum number of events in memory. `MOST_BYTES` limits their size.
const MOST: usize = 1024;
const MOST_BYTES: usize = 8 * 1024 * 1024;
/// The number of events per read of the log.
const PAGE: u32 = 128;

/// See the module.
#[derive(Default)]
pub(super) struct Recent(Mutex<Ring>);

/// All events of the log after `from` up to `to`.
#[derive(Default)]
struct Ring {
    from: Seq,
    to: Seq,
    events: VecDeque<(Event, Letter)>,
    bytes: usize,
}

/// What a listener gets for its place.
pub(super) enum Found {
    /// The wanted events, and the place up to which they go.
    Here(Vec<Letter>, Seq),
    /// The next events are no longer in memory.
    Earlier,
}

impl Recent {
    /// Returns at most `most` of the events after `after` that are `wanted`.
    pub(super) async fn after(
        &self,
        storage: &Storage,
        log: &Log,
        after: Seq,
        most: usize,
        wanted: impl Fn(&Event) -> bool,
    ) -> Result<Found, StorageError> {
        let mut ring = self.0.lock().await;
        // New events are read first, because one of them may erase events in memory.
        if log.last() > ring.to {
            ring.read(storage, log.last(), after).await?;
        }
        if after < ring.from {
            return Ok(Found::Earlier);
        }
        let mut found = Vec::new();
        let mut through = ring.to.max(after);
        let begin = ring.events.partition_point(|(event, _)| event.seq <= after);
        for (event, letter) in ring.events.range(begin..) {
            if !wanted(event) {
                continue;
            }
            found.push(letter.clone());
            if found.len() >= most {
                through = event.seq;
                break;
            }
        }
        Ok(Found::Here(found, through))
    }
}

impl Ring {
    /// Reads the next page. Starts again near the end of the log if more than a full buffer was skipped.
    async fn read(&mut self, storage: &Storage, last: Seq, after: Seq) -> Result<(), StorageError> {
        if self.events.is_empty() && after > self.to {
            (self.from, self.to) = (after, after);
        }
        if last.get() - self.to.get() > MOST as u64 {
            let begin = Seq::new(last.get() - u64::from(PAGE));
            *self = Self { from: begin, to: begin, ..Self::default() };
        }
        let mut tx = storage.read().await?;
        let extent = tx.events().extent().await?;
        let interest = Interest { types: EventType::ALL.to_vec(), ..Interest::default() };
        let events = tx.events().wanted(&interest, self.to, PAGE).await?;
        drop(tx);
        let is_last = events.len() < PAGE as usize;
        for event in events {
            self.add(event);
        }
        if is_last {
            self.to = extent.last.max(self.to);
        }
        Ok(())
    }

    fn add(&mut self, event: Event) {
        self.to = event.seq;
        // Erased events must not be given out any more.
        if matches!(event.payload, Payload::ContactErased { .. } | Payload::AccountDeleted { .. }) {
            self.events.clear();
            (self.bytes, self.from) = (0, Seq::new(event.seq.get() - 1));
        }
        let letter = Letter::of(&event);
        self.bytes += letter.size();
        self.events.push_back((event, letter));
        while self.events.len() > MOST || (self.bytes > MOST_BYTES && self.events.len() > 1) {
            if let Some((event, letter)) = self.events.pop_front() {
                self.bytes -= letter.size();
                self.from = event.seq;
            }
        }
    }
}
