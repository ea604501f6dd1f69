//! Wakes whoever reads the log, and hands events of the moment to whoever listens. The log itself is storage's.

use std::sync::Arc;

use linekeeper_model::event::{Passing, Seq};
use tokio::sync::{broadcast, watch};

/// Events of the moment that wait for a listener who is busy. Older ones are lost: newer ones have replaced them.
const PASSING: usize = 256;

/// Cheap to clone.
#[derive(Debug, Clone)]
pub struct Log {
    last: Arc<watch::Sender<Seq>>,
    passing: broadcast::Sender<Arc<Passing>>,
}

impl Log {
    /// A log whose last event, as far as is known, is `last`.
    pub fn new(last: Seq) -> Self {
        Self { last: Arc::new(watch::Sender::new(last)), passing: broadcast::Sender::new(PASSING) }
    }

    /// Something happens that nobody stores.
    pub fn pass(&self, event: Passing) {
        // It fails only where nobody listens.
        drop(self.passing.send(Arc::new(event)));
    }

    /// Events of the moment from now on.
    pub fn passing(&self) -> broadcast::Receiver<Arc<Passing>> {
        self.passing.subscribe()
    }

    /// Events up to `seq` are in the log: said after their commit.
    pub fn committed(&self, seq: Seq) {
        self.last.send_if_modified(|last| {
            let newer = seq > *last;
            *last = seq.max(*last);
            newer
        });
    }

    /// The last event that is known of, and a wake-up with each later one. Whoever subscribes before they read
    /// sleep through nothing.
    pub fn subscribe(&self) -> watch::Receiver<Seq> {
        self.last.subscribe()
    }

    /// The last event that is known of.
    pub fn last(&self) -> Seq {
        *self.last.borrow()
    }

    /// How many wait for events.
    pub fn subscribers(&self) -> usize {
        self.last.receiver_count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn late_words_of_earlier_commits_wake_nobody() {
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
    fn who_goes_away_is_not_counted() {
        let log = Log::new(Seq::START);
        let reader = log.subscribe();
        assert_eq!(log.subscribers(), 1);
        drop(reader);
        assert_eq!(log.subscribers(), 0);
    }
}
