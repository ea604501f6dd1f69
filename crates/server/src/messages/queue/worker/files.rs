//! Messages whose files hold them back. Each waits alone: other chats go on.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use linekeeper_model::id::MessageId;
use tokio::time::Instant;

/// A file that is on its way tells when it is here; this only catches what was missed.
const LOOK_AFTER: Duration = Duration::from_secs(30);
/// How long a file waits that WhatsApp did not take, for the first time and at most.
const STUCK: (Duration, Duration) = (Duration::from_secs(2), Duration::from_secs(5 * 60));

/// See the module.
#[derive(Default)]
pub(super) struct Files {
    /// Until when each is not tried, and how often it was stuck.
    held: HashMap<MessageId, (Instant, u32)>,
    /// Those whose file came while they were being tried.
    came: HashSet<MessageId>,
}

impl Files {
    /// Whether a message may be tried.
    pub(super) fn lets(&self, id: MessageId, now: Instant) -> bool {
        self.held.get(&id).is_none_or(|(until, _)| *until <= now)
    }

    /// Its file is not here yet.
    pub(super) fn awaited(&mut self, id: MessageId, now: Instant) {
        if !self.came.remove(&id) {
            self.held.insert(id, (now + LOOK_AFTER, 0));
        }
    }

    /// Its file could not be put on WhatsApp's servers.
    pub(super) fn stuck(&mut self, id: MessageId, now: Instant) {
        let tries = self.held.get(&id).map_or(0, |(_, tries)| *tries);
        let pause = STUCK.0.saturating_mul(1 << tries.min(10)).min(STUCK.1);
        self.held.insert(id, (now + pause, tries + 1));
    }

    /// Its file is here. `is_tried` says that something is being tried at this moment.
    pub(super) fn came(&mut self, id: MessageId, is_tried: bool) {
        self.held.remove(&id);
        if is_tried {
            self.came.insert(id);
        }
    }

    /// The message is over or on its way.
    pub(super) fn forget(&mut self, id: MessageId) {
        self.held.remove(&id);
        self.came.remove(&id);
    }

    /// When the next one may be tried.
    pub(super) fn next(&self, now: Instant) -> Option<Instant> {
        self.held.values().map(|(until, _)| *until).filter(|until| *until > now).min()
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_file_that_comes_while_its_message_is_tried_is_not_missed() {
        let (mut files, id, now) = (Files::default(), MessageId::from(Uuid::from_u128(1)), Instant::now());
        files.awaited(id, now);
        assert!(!files.lets(id, now) && files.lets(id, now + LOOK_AFTER));
        assert_eq!(files.next(now), Some(now + LOOK_AFTER));
        files.came(id, false);
        assert!(files.lets(id, now));
        files.came(id, true);
        files.awaited(id, now);
        assert!(files.lets(id, now));
        for pause in [2, 4, 8] {
            files.stuck(id, now);
            assert_eq!(files.next(now), Some(now + Duration::from_secs(pause)));
        }
    }
}
