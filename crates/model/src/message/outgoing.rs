//! When an accepted message is sent, and which waiting messages are sent before others.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// How far in the future a message may be scheduled.
const FURTHEST: SignedDuration = SignedDuration::from_hours(30 * 24);
/// How long a message may wait after it is due, if the caller gives no `expiresAt`.
const PATIENCE: SignedDuration = SignedDuration::from_hours(24);

/// A message with a higher priority is sent before messages with a lower priority that wait in other chats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Priority {
    /// A person waits for this message. It is sent first.
    #[default]
    Interactive,
    /// A message of a campaign. It is sent after interactive messages.
    Bulk,
}

/// When a message is due, and when the server stops trying to send it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schedule {
    /// When the caller wants the message to be sent.
    pub send_at: Option<Timestamp>,
    /// When the message is due. Without `send_at`, it is due at once.
    pub due_at: Timestamp,
    /// When the server stops trying to send the message.
    pub expires_at: Timestamp,
}

/// Why the times that the caller gave are invalid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSchedule {
    /// `sendAt` has passed.
    #[error("must not be in the past")]
    SendAtPast,
    /// `sendAt` is too far ahead.
    #[error("must be at most 30 days ahead")]
    SendAtTooFar,
    /// `expiresAt` is not after the time at which the message is due.
    #[error("must be after the time at which the message is due")]
    ExpiresBeforeDue,
}

impl Schedule {
    /// Checks the times that the caller gave at `now`.
    pub fn new(
        now: Timestamp,
        send_at: Option<Timestamp>,
        expires_at: Option<Timestamp>,
    ) -> Result<Self, InvalidSchedule> {
        // How far in the past `sendAt` may be. It may be in the past, because the caller's clock may be a little slow.
        const GRACE: SignedDuration = SignedDuration::from_secs(60);
        if let Some(at) = send_at {
            if at < now - GRACE {
                return Err(InvalidSchedule::SendAtPast);
            }
            if at > now + FURTHEST {
                return Err(InvalidSchedule::SendAtTooFar);
            }
        }
        let due_at = send_at.map_or(now, |at| at.max(now));
        let expires_at = expires_at.unwrap_or(due_at + PATIENCE);
        if expires_at <= due_at {
            return Err(InvalidSchedule::ExpiresBeforeDue);
        }
        Ok(Self { send_at, due_at, expires_at })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::constant(1_780_000_000, 0);

    fn hours(hours: i64) -> Timestamp {
        NOW + SignedDuration::from_hours(hours)
    }

    #[test]
    fn a_message_without_a_schedule_is_due_at_once_and_expires_after_a_day() {
        let schedule = Schedule::new(NOW, None, None).unwrap();
        assert_eq!((schedule.due_at, schedule.expires_at), (NOW, hours(24)));
        let later = Schedule::new(NOW, Some(hours(5)), None).unwrap();
        assert_eq!((later.due_at, later.expires_at), (hours(5), hours(29)));
    }

    #[test]
    fn invalid_send_and_expiry_times_are_refused() {
        assert_eq!(Schedule::new(NOW, Some(hours(-1)), None), Err(InvalidSchedule::SendAtPast));
        assert_eq!(Schedule::new(NOW, Some(hours(30 * 24 + 1)), None), Err(InvalidSchedule::SendAtTooFar));
        assert_eq!(Schedule::new(NOW, None, Some(NOW)), Err(InvalidSchedule::ExpiresBeforeDue));
        assert_eq!(
            Schedule::new(NOW, Some(hours(2)), Some(hours(1))),
            Err(InvalidSchedule::ExpiresBeforeDue)
        );
    }
}
