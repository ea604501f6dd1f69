//! The newest events, which are read from the log once for all listeners. A listener that needs older events reads
//! the log itself.

use std::collections::VecDeque;

use linekeeper_model::event::{Event, EventType, Payload, Seq};
use linekeeper_storage::{Interest, Storage, StorageError};
use tokio::sync::Mutex;

use super::Letter;
use crate::events::Log;

/// The maximum number of events in memory. `MOST_BYTES` also limits their total size.
const MOST: usize = 1024;
const MOST_BYTES: usize = 8 * 1024 * 1024;
/// The maximum number of events that one read of the log returns.
const PAGE: u32 = 128;

/// The newest events of the log, in memory for all listeners.
#[derive(Default)]
pub(super) struct Recent(Mutex<Ring>);

/// A part of the log without gaps: all events after the number `from`, up to the number `to`.
#[derive(Default)]
struct Ring {
    from: Seq,
    to: Seq,
    events: VecDeque<(Event, Letter)>,
    bytes: usize,
}

/// What the memory has for a listener at a certain position in the log.
pub(super) enum Found {
    /// The wanted events, and the event number up to which they were looked for.
    Here(Vec<Letter>, Seq),
    /// The next events are no longer in memory.
    Earlier,
}

impl Recent {
    /// Returns the `wanted` events after the event number `after`, at most `most` of them.
    pub(super) async fn after(
        &self,
        storage: &Storage,
        log: &Log,
        after: Seq,
        most: usize,
        wanted: impl Fn(&Event) -> bool,
    ) -> Result<Found, StorageError> {
        let mut ring = self.0.lock().await;
        // New events are read first, because one of them may require that events in memory are erased.
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
    /// Reads the next page of events. If the memory is too far behind the log, it is emptied and starts again near
    /// the end of the log.
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
        // After an erasure, no event that is in memory may be returned any more, so the memory is emptied.
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
