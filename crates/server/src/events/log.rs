//! Wakes whoever reads the log. The log itself is storage's.

use std::sync::Arc;

use linekeeper_model::event::Seq;
use tokio::sync::watch;

/// Cheap to clone.
#[derive(Debug, Clone)]
pub struct Log(Arc<watch::Sender<Seq>>);

impl Log {
    /// A log whose last event, as far as is known, is `last`.
    pub fn new(last: Seq) -> Self {
        Self(Arc::new(watch::Sender::new(last)))
    }

    /// Events up to `seq` are in the log: said after their commit.
    pub fn committed(&self, seq: Seq) {
        self.0.send_if_modified(|last| {
            let newer = seq > *last;
            *last = seq.max(*last);
            newer
        });
    }

    /// The last event that is known of, and a wake-up with each later one. Whoever subscribes before they read
    /// sleep through nothing.
    pub fn subscribe(&self) -> watch::Receiver<Seq> {
        self.0.subscribe()
    }

    /// The last event that is known of.
    pub fn last(&self) -> Seq {
        *self.0.borrow()
    }

    /// How many wait for events.
    pub fn subscribers(&self) -> usize {
        self.0.receiver_count()
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
