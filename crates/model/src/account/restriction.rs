//! WhatsApp's own restrictions on an account.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// How close the account is to WhatsApp's cap on new chats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Capping {
    /// No warning.
    #[default]
    None,
    /// The first warning.
    FirstWarning,
    /// The second warning.
    SecondWarning,
    /// The account cannot start new chats until the cycle ends.
    Capped,
}

/// The restrictions on one account, as WhatsApp last reported them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Restriction {
    /// How close the account is to the cap on new chats.
    pub capping: Capping,
    /// When the cap's cycle ends, if WhatsApp gave the time.
    pub capped_until: Option<Timestamp>,
    /// Until when the account cannot write to people who are not its contacts (WhatsApp's reach-out time-lock).
    pub time_locked_until: Option<Timestamp>,
}

/// The account cannot start new chats, because WhatsApp has stopped it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewChatStop {
    /// When the account can start new chats again, if WhatsApp gave the time.
    pub until: Option<Timestamp>,
}

impl Restriction {
    /// Whether WhatsApp warns or restricts this account at `now`.
    pub fn warns(&self, now: Timestamp) -> bool {
        let is_capped = self.capping != Capping::None && self.capped_until.is_none_or(|until| now < until);
        is_capped || self.is_time_locked(now)
    }

    /// Whether WhatsApp has stopped the account from starting new chats at `now`. Existing chats are not affected.
    pub fn new_chat_stop(&self, now: Timestamp) -> Option<NewChatStop> {
        let is_capped = self.capping == Capping::Capped && self.capped_until.is_none_or(|until| now < until);
        let locked = self.time_locked_until.filter(|until| now < *until);
        match (is_capped, locked) {
            (true, _) if self.capped_until.is_none() => Some(NewChatStop { until: None }),
            (true, locked) => Some(NewChatStop { until: locked.max(self.capped_until) }),
            (false, Some(until)) => Some(NewChatStop { until: Some(until) }),
            (false, None) => None,
        }
    }

    /// Whether the reach-out time-lock is in force at `now`.
    pub fn is_time_locked(&self, now: Timestamp) -> bool {
        self.time_locked_until.is_some_and(|until| now < until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::constant(1_780_000_000, 0);
    const SOON: Timestamp = Timestamp::constant(1_780_000_100, 0);
    const LATE: Timestamp = Timestamp::constant(1_780_000_200, 0);

    #[test]
    fn only_a_time_lock_or_a_reached_cap_stops_new_chats() {
        let stop = |capping, capped_until, time_locked_until| {
            Restriction { capping, capped_until, time_locked_until }.new_chat_stop(NOW)
        };
        let until = |until| Some(NewChatStop { until });
        assert_eq!(stop(Capping::None, None, None), None);
        assert_eq!(stop(Capping::SecondWarning, Some(SOON), None), None);
        assert_eq!(stop(Capping::Capped, None, Some(SOON)), until(None));
        assert_eq!(stop(Capping::Capped, Some(SOON), Some(LATE)), until(Some(LATE)));
        assert_eq!(stop(Capping::Capped, Some(NOW), None), None, "its cycle is over");
        assert_eq!(stop(Capping::None, None, Some(SOON)), until(Some(SOON)));
        assert_eq!(stop(Capping::None, None, Some(NOW)), None);
    }
}
