//! How many messages an account may send in a day, and how many it has sent.

use serde::{Deserialize, Serialize};

/// The maximum number of messages that an account may send between two midnights of the workspace's time zone. At
/// least 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DailyLimit(u32);

/// The number is not a valid daily limit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be a whole number from 1 to 100000")]
pub struct InvalidDailyLimit;

impl DailyLimit {
    /// The highest limit that can be set.
    pub const MAX: u32 = 100_000;

    /// A limit of `messages` per day.
    pub const fn new(messages: u32) -> Result<Self, InvalidDailyLimit> {
        if messages >= 1 && messages <= Self::MAX { Ok(Self(messages)) } else { Err(InvalidDailyLimit) }
    }

    /// The number of messages per day.
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl Default for DailyLimit {
    fn default() -> Self {
        Self(1_000)
    }
}

/// How many messages an account has sent and received since the last midnight of the workspace's time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    /// The number of messages that were sent to WhatsApp.
    pub sent: u32,
    /// The number of messages that arrived.
    pub received: u32,
}

impl Usage {
    /// Adds both usages. A number that would overflow stays at its maximum.
    #[must_use]
    pub const fn plus(self, more: Self) -> Self {
        Self {
            sent: self.sent.saturating_add(more.sent),
            received: self.received.saturating_add(more.received),
        }
    }

    /// The share of the daily limit that is used, in percent. It is above 100 if the limit was lowered below the
    /// usage.
    pub fn percentage(self, limit: DailyLimit) -> f64 {
        f64::from(self.sent) * 100.0 / f64::from(limit.get())
    }
}
