//! What a message waits for. A message never waits without a reason that the API shows.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::account::NewChatStop;

/// The reasons. Never rename one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WaitingReason {
    /// Its `sendAt` has not come.
    Scheduled,
    /// The account's pace.
    RateLimit,
    /// The account's daily limit.
    DailyLimit,
    /// The account is not connected.
    NotConnected,
    /// WhatsApp restricts the account.
    Restricted,
    /// An earlier message of the same chat waits.
    Order,
    /// Somebody paused the account.
    Paused,
}

/// A reason, and until when it holds, where that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// Why.
    pub reason: WaitingReason,
    /// Until when.
    pub until: Option<Timestamp>,
}

/// Whether the account can send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ability {
    /// It is connected.
    Ready,
    /// Somebody paused it.
    Paused,
    /// It is not connected; it tries again then.
    NotConnected(Option<Timestamp>),
}

/// What decides why a message waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Circumstances {
    /// The account.
    pub ability: Ability,
    /// When the message is due.
    pub due_at: Timestamp,
    /// Whether an earlier message of its chat waits.
    pub is_behind: bool,
    /// Where it would begin a chat, and WhatsApp lets the account begin none.
    pub stopped: Option<NewChatStop>,
    /// Where the day's limit is reached: when the next day begins.
    pub day_full_until: Option<Timestamp>,
}

impl Circumstances {
    /// The reason that counts at `now`: the one that a person can do least about comes last.
    pub fn waiting(&self, now: Timestamp) -> Waiting {
        let (reason, until) = match self.ability {
            _ if self.due_at > now => (WaitingReason::Scheduled, Some(self.due_at)),
            Ability::Paused => (WaitingReason::Paused, None),
            Ability::NotConnected(until) => (WaitingReason::NotConnected, until),
            Ability::Ready if self.is_behind => (WaitingReason::Order, None),
            Ability::Ready => match (self.stopped, self.day_full_until) {
                (Some(stop), _) => (WaitingReason::Restricted, stop.until),
                (None, Some(until)) => (WaitingReason::DailyLimit, Some(until)),
                (None, None) => (WaitingReason::RateLimit, None),
            },
        };
        Waiting { reason, until }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::constant(1_780_000_000, 0);
    const LATER: Timestamp = Timestamp::constant(1_780_000_100, 0);

    #[test]
    fn each_reason_has_its_case() {
        let ready = Circumstances {
            ability: Ability::Ready,
            due_at: NOW,
            is_behind: false,
            stopped: None,
            day_full_until: None,
        };
        let reason = |circumstances: Circumstances| circumstances.waiting(NOW);
        assert_eq!(reason(ready).reason, WaitingReason::RateLimit);
        assert_eq!(reason(Circumstances { is_behind: true, ..ready }).reason, WaitingReason::Order);
        assert_eq!(
            reason(Circumstances { due_at: LATER, ability: Ability::Paused, ..ready }),
            Waiting { reason: WaitingReason::Scheduled, until: Some(LATER) }
        );
        assert_eq!(reason(Circumstances { ability: Ability::Paused, ..ready }).reason, WaitingReason::Paused);
        assert_eq!(
            reason(Circumstances { ability: Ability::NotConnected(Some(LATER)), is_behind: true, ..ready }),
            Waiting { reason: WaitingReason::NotConnected, until: Some(LATER) }
        );
        assert_eq!(
            reason(Circumstances { day_full_until: Some(LATER), ..ready }),
            Waiting { reason: WaitingReason::DailyLimit, until: Some(LATER) }
        );
        let stopped = Some(NewChatStop { until: Some(LATER) });
        assert_eq!(
            reason(Circumstances { stopped, day_full_until: Some(NOW), ..ready }),
            Waiting { reason: WaitingReason::Restricted, until: Some(LATER) }
        );
    }
}
