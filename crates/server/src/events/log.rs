//! Wakes the readers of the log, and sends transient events to live listeners. The log itself is in storage.

use std::sync::Arc;

use linekeeper_model::event::{Passing, Seq};
use tokio::sync::{broadcast, watch};

/// The number of transient events that wait for a busy listener. Older ones are lost, because newer ones replace
/// them.
const PASSING: usize = 256;

/// A clone is cheap.
#[derive(Debug, Clone)]
pub struct Log {
    last: Arc<watch::Sender<Seq>>,
    passing: broadcast::Sender<Arc<Passing>>,
}

impl Log {
    /// A log whose last known event is `last`.
    pub fn new(last: Seq) -> Self {
        Self { last: Arc::new(watch::Sender::new(last)), passing: broadcast::Sender::new(PASSING) }
    }

    /// Sends an event that is not stored.
    pub fn pass(&self, event: Passing) {
        // This fails only if nobody listens.
        drop(self.passing.send(Arc::new(event)));
    }

    /// Transient events from now on.
    pub fn passing(&self) -> broadcast::Receiver<Arc<Passing>> {
        self.passing.subscribe()
    }

    /// Announces that events up to `seq` are in the log. Call it after their commit.
    pub fn committed(&self, seq: Seq) {
        self.last.send_if_modified(|last| {
            let newer = seq > *last;
            *last = seq.max(*last);
            newer
        });
    }

    /// The last known event, and a wake-up for each later one. A reader that subscribes before it reads misses
    /// nothing.
    pub fn subscribe(&self) -> watch::Receiver<Seq> {
        self.last.subscribe()
    }

    /// The last known event.
    pub fn last(&self) -> Seq {
        *self.last.borrow()
    }

    /// The number of readers that wait for events.
    pub fn subscribers(&self) -> usize {
        self.last.receiver_count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn late_notices_of_earlier_commits_wake_no_reader() {
        let log = Log::new(Seq::new(5));
        let mut reader = log.subscribe();
        log.committed(Seq::new(7));
        assert!(reader.has_changed().unwrap());
        assert_eq!(*reader.borrow_and_update(), Seq::new(7));
        log.committed(Seq::new(6));
        log.committed(Seq::new(7));
        assert!(!reader.has_changed().unwrap());
        assert_eq!(*reader.borrow(), Seq::new(7));
    }

    #[test]
    fn a_listener_that_is_dropped_is_not_counted() {
        let log = Log::new(Seq::START);
        let reader = log.subscribe();
        assert_eq!(log.subscribers(), 1);
        drop(reader);
        assert_eq!(log.subscribers(), 0);
    }
}
