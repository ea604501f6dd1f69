//! Messages that wait for their files. Such a message blocks only its own chat.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use linekeeper_model::id::MessageId;
use tokio::time::Instant;

/// When a file arrives, the worker is notified. After this time the worker also checks by itself, in case it
/// missed the notification.
const LOOK_AFTER: Duration = Duration::from_secs(30);
/// The pause after a file could not be uploaded to WhatsApp's servers: the first pause, and the longest one. The pause
/// doubles with each failed upload.
const STUCK: (Duration, Duration) = (Duration::from_secs(2), Duration::from_secs(5 * 60));

/// The messages that wait for their files. Each of them blocks only its own chat.
#[derive(Default)]
pub(super) struct Files {
    /// For each message: when it may be tried again, and how many uploads of its file failed in a row.
    held: HashMap<MessageId, (Instant, u32)>,
    /// The messages whose file arrived during an attempt to send them.
    came: HashSet<MessageId>,
}

impl Files {
    /// Whether an attempt to send this message may be made now.
    pub(super) fn lets(&self, id: MessageId, now: Instant) -> bool {
        self.held.get(&id).is_none_or(|(until, _)| *until <= now)
    }

    /// Notes that the message's file is not in the store yet.
    pub(super) fn awaited(&mut self, id: MessageId, now: Instant) {
        if !self.came.remove(&id) {
            self.held.insert(id, (now + LOOK_AFTER, 0));
        }
    }

    /// Notes that the message's file could not be uploaded to WhatsApp's servers.
    pub(super) fn stuck(&mut self, id: MessageId, now: Instant) {
        let tries = self.held.get(&id).map_or(0, |(_, tries)| *tries);
        let pause = STUCK.0.saturating_mul(1 << tries.min(10)).min(STUCK.1);
        self.held.insert(id, (now + pause, tries + 1));
    }

    /// Notes that the message's file is in the store. `is_tried` says whether an attempt to send the message is in
    /// progress.
    pub(super) fn came(&mut self, id: MessageId, is_tried: bool) {
        self.held.remove(&id);
        if is_tried {
            self.came.insert(id);
        }
    }

    /// Forgets a message that is finished or is being sent.
    pub(super) fn forget(&mut self, id: MessageId) {
        self.held.remove(&id);
        self.came.remove(&id);
    }

    /// When the next of the waiting messages may be tried.
    pub(super) fn next(&self, now: Instant) -> Option<Instant> {
        self.held.values().map(|(until, _)| *until).filter(|until| *until > now).min()
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_file_that_arrives_during_an_attempt_to_send_its_message_is_not_missed() {
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
