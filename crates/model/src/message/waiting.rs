//! Why a message waits to be sent. The API shows the reason of every waiting message.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::account::NewChatStop;

/// The reasons for waiting. The code of a reason is never renamed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WaitingReason {
    /// The message's `sendAt` is in the future.
    Scheduled,
    /// The account has reached its limit of messages per minute.
    RateLimit,
    /// The account has reached its daily limit.
    DailyLimit,
    /// The account is not connected.
    NotConnected,
    /// WhatsApp restricts the account at the moment.
    Restricted,
    /// An earlier message of the same chat is still waiting.
    Order,
    /// Somebody paused the account.
    Paused,
}

/// Why a message waits, and until when, if that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// The reason.
    pub reason: WaitingReason,
    /// Until when the reason applies, if that is known.
    pub until: Option<Timestamp>,
}

/// Whether the account can send messages now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ability {
    /// The account is connected.
    Ready,
    /// Somebody paused the account.
    Paused,
    /// The account is not connected. If a time is given, the server tries to reconnect at that time.
    NotConnected(Option<Timestamp>),
}

/// The facts that decide why a message waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Circumstances {
    /// Whether the account can send messages.
    pub ability: Ability,
    /// When the message is due.
    pub due_at: Timestamp,
    /// Whether an earlier message of the same chat is waiting.
    pub is_behind: bool,
    /// Set if the message would start a new chat while WhatsApp does not let the account start new chats.
    pub stopped: Option<NewChatStop>,
    /// When the next day begins, if the daily limit is reached.
    pub day_full_until: Option<Timestamp>,
}

impl Circumstances {
    /// The reason that the API shows at `now`. If several reasons apply, the API shows the first one in this order: the
    /// time in `sendAt`, a pause, no connection, an earlier message, a restriction of WhatsApp, the daily limit. If
    /// none of them applies, the reason is the limit of messages per minute.
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
