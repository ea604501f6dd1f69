//! Wakes the readers of the log, and sends transient events (events that are never stored) to live listeners. The
//! log itself is in the database.

use std::sync::Arc;

use linekeeper_model::event::{Passing, Seq};
use tokio::sync::{broadcast, watch};

/// The maximum number of transient events that wait for a busy listener. If there are more, the oldest ones are
/// lost. This does no harm, because newer events replace them.
const PASSING: usize = 256;

/// Notifies readers and live listeners. Cloning it is cheap.
#[derive(Debug, Clone)]
pub struct Log {
    last: Arc<watch::Sender<Seq>>,
    passing: broadcast::Sender<Arc<Passing>>,
}

impl Log {
    /// A log whose last known event has the number `last`.
    pub fn new(last: Seq) -> Self {
        Self { last: Arc::new(watch::Sender::new(last)), passing: broadcast::Sender::new(PASSING) }
    }

    /// Sends a transient event.
    pub fn pass(&self, event: Passing) {
        // This returns an error only if nobody listens.
        drop(self.passing.send(Arc::new(event)));
    }

    /// Returns a receiver of all transient events from now on.
    pub fn passing(&self) -> broadcast::Receiver<Arc<Passing>> {
        self.passing.subscribe()
    }

    /// Announces that events up to the number `seq` are in the log. Call this after their commit.
    pub fn committed(&self, seq: Seq) {
        self.last.send_if_modified(|last| {
            let newer = seq > *last;
            *last = seq.max(*last);
            newer
        });
    }

    /// Returns a receiver of the number of the last known event. The receiver is notified of each later event. A reader
    /// that subscribes before it reads the log misses no event.
    pub fn subscribe(&self) -> watch::Receiver<Seq> {
        self.last.subscribe()
    }

    /// The number of the last known event.
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
    fn a_commit_notice_that_arrives_out_of_order_wakes_no_reader() {
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
