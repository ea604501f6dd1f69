//! Events: facts about accounts and their messages, as the log stores them and other programs read them. An event
//! changes only when it is erased. A type is never renamed. Storage and readers of events are elsewhere.

mod erased;
mod filter;
mod kind;
mod passing;
mod payload;
#[cfg(test)]
mod tests;

pub use erased::Erased;
pub use filter::{Filter, TypePattern, UnknownTypePattern};
pub use kind::{EventType, UnknownEventType};
pub use passing::{LivePattern, PairingStep, Passing, PassingPayload, PassingType, Selection};
pub use payload::{Payload, StatusBefore};

use std::fmt;
use std::num::ParseIntError;
use std::str::FromStr;

use jiff::Timestamp;
use rand::Rng;
use serde::{Deserialize, Serialize};

use crate::id::{AccountId, EventId, WorkspaceId};

/// The number of an event in the log. Later events have greater numbers. Numbers may have gaps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Seq(u64);

impl Seq {
    /// The position before the first event.
    pub const START: Self = Self(0);

    /// The event number `number`.
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// An event number that a caller sent. `None` if the number is too large for a database.
    pub fn sent(number: u64) -> Option<Self> {
        i64::try_from(number).is_ok().then_some(Self(number))
    }

    /// The event number as an integer.
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl fmt::Display for Seq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Seq {
    type Err = ParseIntError;

    fn from_str(text: &str) -> Result<Self, ParseIntError> {
        text.parse().map(Self)
    }
}

/// An event in the log. Its JSON form is the envelope that other programs get.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// The event's id. It is the same in every delivery.
    pub id: EventId,
    /// The event's number in the log.
    pub seq: Seq,
    /// The workspace that the event belongs to.
    pub workspace_id: WorkspaceId,
    /// The account that the event is about, if it is about one.
    pub account_id: Option<AccountId>,
    /// When the event happened.
    pub occurred_at: Timestamp,
    /// What happened. In the envelope, this becomes the fields `type` and `data`.
    #[serde(flatten)]
    pub payload: Payload,
}

/// An event that has no number yet, because it is not in the log.
#[derive(Debug, Clone, PartialEq)]
pub struct NewEvent {
    /// The event's id.
    pub id: EventId,
    /// The workspace that the event belongs to.
    pub workspace_id: WorkspaceId,
    /// The account that the event is about, if it is about one.
    pub account_id: Option<AccountId>,
    /// When the event happened.
    pub occurred_at: Timestamp,
    /// What happened.
    pub payload: Payload,
}

impl NewEvent {
    /// A new event that is about an account and happened at `now`.
    pub fn of_account(
        workspace_id: WorkspaceId,
        account_id: AccountId,
        payload: Payload,
        now: Timestamp,
        rng: &mut impl Rng,
    ) -> Self {
        let id = EventId::generate(now, rng);
        Self { id, workspace_id, account_id: Some(account_id), occurred_at: now, payload }
    }

    /// The event with its number in the log.
    pub fn at(self, seq: Seq) -> Event {
        let Self { id, workspace_id, account_id, occurred_at, payload } = self;
        Event { id, seq, workspace_id, account_id, occurred_at, payload }
    }
}
