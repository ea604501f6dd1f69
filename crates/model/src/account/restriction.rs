//! What WhatsApp itself holds an account back from.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// How close WhatsApp says that an account is to its cap on new chats.
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
    /// Capped: no new chats until the cycle ends.
    Capped,
}

/// The restrictions of one account, as WhatsApp last told them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Restriction {
    /// The cap on new chats.
    pub capping: Capping,
    /// When the cap's cycle ends, where WhatsApp said so.
    pub capped_until: Option<Timestamp>,
    /// Strangers cannot be written to until then (reach-out time-lock).
    pub time_locked_until: Option<Timestamp>,
}

impl Restriction {
    /// Whether strangers cannot be written to at `now`.
    pub fn is_time_locked(&self, now: Timestamp) -> bool {
        self.time_locked_until.is_some_and(|until| now < until)
    }
}
