//! One HTTP request, and the row of all requests for one event.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::event::{EventType, Seq};
use crate::id::{AccountId, DeliveryId, EventId, WebhookId};

/// The maximum number of attempts of one delivery that are kept.
const REMEMBERED: usize = 20;

/// Why a request failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// The host name has no address.
    Dns,
    /// The connection could not be opened, or it broke before the answer.
    Connect,
    /// The certificate is invalid, or the two sides could not agree on TLS.
    Tls,
    /// No answer in time.
    Timeout,
    /// The host is in a network that webhooks must not reach.
    RefusedAddress,
    /// The answer has a status outside 200 to 299.
    Status,
}

impl FailureKind {
    /// All kinds.
    pub const ALL: [Self; 6] =
        [Self::Dns, Self::Connect, Self::Tls, Self::Timeout, Self::RefusedAddress, Self::Status];

    /// The text that other programs know it by.
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

/// The result of a request, by its consequences.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// 2xx.
    Delivered,
    /// The endpoint does not work now: no answer, or 429, 502, 503 or 504.
    Down,
    /// The endpoint works, but refuses this event.
    Refused,
    /// The endpoint answered 410: it wants no more events.
    Gone,
}

/// One request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Attempt {
    /// When the request began.
    pub at: Timestamp,
    /// Milliseconds until the request's end.
    pub duration_ms: u64,
    /// The status of the answer, if there was one.
    pub status: Option<u16>,
    /// Why the request failed. `None` if it succeeded.
    pub failure: Option<FailureKind>,
    /// The first 4 KiB of the answer's body.
    pub answer: Option<String>,
}

impl Attempt {
    /// The consequence of the request.
    pub const fn outcome(&self) -> Outcome {
        match (self.status, self.failure) {
            (Some(200..=299), _) => Outcome::Delivered,
            (Some(410), _) => Outcome::Gone,
            (Some(429 | 502 | 503 | 504) | None, _) => Outcome::Down,
            (Some(_), _) => Outcome::Refused,
        }
    }
}

/// The status of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum DeliveryStatus {
    /// The delivery waits for its turn, or for another attempt.
    Pending,
    /// The endpoint took it.
    Delivered,
    /// The event was given up.
    Dead,
}

impl DeliveryStatus {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Pending, Self::Delivered, Self::Dead];

    /// The text that other programs know it by.
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
    /// The delivery's id.
    pub id: DeliveryId,
    /// The endpoint.
    pub webhook_id: WebhookId,
    /// The event, which has the same id for all endpoints.
    pub event_id: EventId,
    /// The event's place in the log.
    pub seq: Seq,
    /// The delivery's type.
    pub event_type: EventType,
    /// The account that the event is about.
    pub account_id: Option<AccountId>,
    /// How far the delivery is.
    pub status: DeliveryStatus,
    /// Whether the delivery is sent beside the ordered stream, because somebody asked to send it again.
    pub is_replay: bool,
    /// The requests, at most the last ones.
    pub attempts: Vec<Attempt>,
    /// The number of requests so far.
    pub tries: u32,
    /// How many requests the endpoint refused while it worked.
    pub refusals: u32,
    /// When the next request is due.
    pub next_try_at: Option<Timestamp>,
    /// When the delivery was written.
    pub created_at: Timestamp,
    /// When the row was last written.
    pub updated_at: Timestamp,
}

impl Delivery {
    /// Adds a request, and drops the oldest if there are too many.
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
    fn the_status_code_decides_whether_a_request_is_repeated() {
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
