//! Why a message waits. A message never waits without a reason that the API shows.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::account::NewChatStop;

/// The reasons for waiting. Never rename one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WaitingReason {
    /// The message's `sendAt` is in the future.
    Scheduled,
    /// The account's pace.
    RateLimit,
    /// The account's daily limit.
    DailyLimit,
    /// The account is not connected.
    NotConnected,
    /// WhatsApp restricts the account.
    Restricted,
    /// An earlier message of the same chat still waits.
    Order,
    /// Somebody paused the account.
    Paused,
}

/// A reason, and how long it lasts, if that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// The reason.
    pub reason: WaitingReason,
    /// Until when.
    pub until: Option<Timestamp>,
}

/// Whether the account can send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ability {
    /// The account is connected.
    Ready,
    /// Somebody paused the account.
    Paused,
    /// The account is not connected. It tries again at this time.
    NotConnected(Option<Timestamp>),
}

/// The facts that decide why a message waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Circumstances {
    /// The account.
    pub ability: Ability,
    /// When the message is due.
    pub due_at: Timestamp,
    /// Whether an earlier message of the same chat waits.
    pub is_behind: bool,
    /// Set if the message would start a chat, and WhatsApp does not let the account start any.
    pub stopped: Option<NewChatStop>,
    /// Set if the daily limit is reached: when the next day begins.
    pub day_full_until: Option<Timestamp>,
}

impl Circumstances {
    /// The reason to show at `now`. If several apply, one that a person can change comes first.
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
    fn each_situation_gives_its_waiting_reason() {
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
