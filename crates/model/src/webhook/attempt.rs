//! One HTTP request, and the row of all requests for one event.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::event::{EventType, Seq};
use crate::id::{AccountId, DeliveryId, EventId, WebhookId};

/// Most attempts of one delivery that are remembered.
const REMEMBERED: usize = 20;

/// How a request failed that got no answer, or not the right one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// The name of the host has no address.
    Dns,
    /// No connection, or it broke before the answer.
    Connect,
    /// The certificate is not good, or the two sides do not agree on TLS.
    Tls,
    /// No answer in time.
    Timeout,
    /// The host is in a network that webhooks must not reach.
    RefusedAddress,
    /// An answer with a status outside of 200 to 299.
    Status,
}

impl FailureKind {
    /// All kinds.
    pub const ALL: [Self; 6] =
        [Self::Dns, Self::Connect, Self::Tls, Self::Timeout, Self::RefusedAddress, Self::Status];

    /// The text by which other programs know it.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Dns => "dns",
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::Timeout => "timeout",
            Self::RefusedAddress => "refused_address",
            Self::Status => "status",
        }
    }
}

/// What came of a request, for what follows from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// 2xx.
    Delivered,
    /// The endpoint does not work at the moment: no answer, or 429, 502, 503, 504.
    Down,
    /// It works, and does not take this event.
    Refused,
    /// 410: it wants no events any more.
    Gone,
}

/// One request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Attempt {
    /// When it began.
    pub at: Timestamp,
    /// Milliseconds until its end.
    pub duration_ms: u64,
    /// The status of the answer, where there was one.
    pub status: Option<u16>,
    /// Why it was no success.
    pub failure: Option<FailureKind>,
    /// The first 4 KiB of the answer's body.
    pub answer: Option<String>,
}

impl Attempt {
    /// What it means.
    pub const fn outcome(&self) -> Outcome {
        match (self.status, self.failure) {
            (Some(200..=299), _) => Outcome::Delivered,
            (Some(410), _) => Outcome::Gone,
            (Some(429 | 502 | 503 | 504) | None, _) => Outcome::Down,
            (Some(_), _) => Outcome::Refused,
        }
    }
}

/// How far a delivery is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum DeliveryStatus {
    /// It waits for its turn, or to be tried again.
    Pending,
    /// The endpoint took it.
    Delivered,
    /// It was given up.
    Dead,
}

impl DeliveryStatus {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Pending, Self::Delivered, Self::Dead];

    /// The text by which other programs know it.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivered => "delivered",
            Self::Dead => "dead",
        }
    }
}

/// One event for one endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Its id.
    pub id: DeliveryId,
    /// The endpoint.
    pub webhook_id: WebhookId,
    /// The event, which is the same for all endpoints.
    pub event_id: EventId,
    /// Its place in the log.
    pub seq: Seq,
    /// Its type.
    pub event_type: EventType,
    /// The account that it is about.
    pub account_id: Option<AccountId>,
    /// How far it is.
    pub status: DeliveryStatus,
    /// Whether it runs beside the ordered stream, because somebody asked for it again.
    pub is_replay: bool,
    /// The requests, the last ones of many.
    pub attempts: Vec<Attempt>,
    /// How many requests there were.
    pub tries: u32,
    /// How many of them the endpoint refused while it worked.
    pub refusals: u32,
    /// When it is tried next.
    pub next_try_at: Option<Timestamp>,
    /// When it was written.
    pub created_at: Timestamp,
    /// When it was written last.
    pub updated_at: Timestamp,
}

impl Delivery {
    /// Adds a request, and forgets the first ones of many.
    pub fn add(&mut self, attempt: Attempt) {
        self.tries += 1;
        self.attempts.push(attempt);
        let too_many = self.attempts.len().saturating_sub(REMEMBERED);
        self.attempts.drain(..too_many);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_answer_means() {
        let of = |status, failure| {
            let at = Timestamp::UNIX_EPOCH;
            Attempt { at, duration_ms: 1, status, failure, answer: None }.outcome()
        };
        for status in [200, 201, 204, 299] {
            assert_eq!(of(Some(status), None), Outcome::Delivered);
        }
        for status in [429, 502, 503, 504] {
            assert_eq!(of(Some(status), Some(FailureKind::Status)), Outcome::Down);
        }
        for status in [100, 199, 300, 301, 302, 307, 308, 400, 401, 404, 409, 500, 501, 505] {
            assert_eq!(of(Some(status), Some(FailureKind::Status)), Outcome::Refused, "{status}");
        }
        assert_eq!(of(Some(410), Some(FailureKind::Status)), Outcome::Gone);
        for kind in FailureKind::ALL.into_iter().filter(|kind| *kind != FailureKind::Status) {
            assert_eq!(of(None, Some(kind)), Outcome::Down, "{kind:?}");
        }
    }
}
