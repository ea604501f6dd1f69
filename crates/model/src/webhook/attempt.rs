//! One HTTP request to a webhook. A delivery is all requests that send the same event to the same endpoint.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::event::{EventType, Seq};
use crate::id::{AccountId, DeliveryId, EventId, WebhookId};

/// The maximum number of requests that a delivery keeps.
const REMEMBERED: usize = 20;

/// Why a request failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// The host name could not be resolved.
    Dns,
    /// The connection could not be opened, or it broke before the response.
    Connect,
    /// The certificate is invalid, or the two sides could not agree on TLS.
    Tls,
    /// The endpoint did not respond in time.
    Timeout,
    /// The host is in a network that webhooks may not reach.
    RefusedAddress,
    /// The status of the response is not in 200 to 299.
    Status,
}

impl FailureKind {
    /// All kinds.
    pub const ALL: [Self; 6] =
        [Self::Dns, Self::Connect, Self::Tls, Self::Timeout, Self::RefusedAddress, Self::Status];

    /// The kind's text in the API.
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

/// What the result of a request means for the delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The status of the response is in 200 to 299.
    Delivered,
    /// The endpoint does not work now: there was no response, or the status is 429, 502, 503 or 504.
    Down,
    /// The endpoint works, but it refuses this event.
    Refused,
    /// The endpoint responded with 410, so it wants no more events.
    Gone,
}

/// One request to an endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Attempt {
    /// When the request began.
    pub at: Timestamp,
    /// How long the request took, in milliseconds.
    pub duration_ms: u64,
    /// The status of the response, if there was one.
    pub status: Option<u16>,
    /// Why the request failed. `None` if it succeeded.
    pub failure: Option<FailureKind>,
    /// The first 4 KiB of the response's body.
    pub answer: Option<String>,
}

impl Attempt {
    /// What the request means for the delivery.
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
    /// The delivery waits for earlier events, or for the time of its next request.
    Pending,
    /// The endpoint accepted the event.
    Delivered,
    /// The server stopped trying to deliver the event.
    Dead,
}

impl DeliveryStatus {
    /// All statuses.
    pub const ALL: [Self; 3] = [Self::Pending, Self::Delivered, Self::Dead];

    /// The status's text in the API.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivered => "delivered",
            Self::Dead => "dead",
        }
    }
}

/// The delivery of one event to one endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The delivery's id.
    pub id: DeliveryId,
    /// The id of the endpoint.
    pub webhook_id: WebhookId,
    /// The id of the event. It is the same for all endpoints.
    pub event_id: EventId,
    /// The event's number in the log.
    pub seq: Seq,
    /// The type of the event.
    pub event_type: EventType,
    /// The account that the event is about.
    pub account_id: Option<AccountId>,
    /// The status of the delivery.
    pub status: DeliveryStatus,
    /// Whether somebody asked to send the event again. Such a delivery does not wait for earlier events.
    pub is_replay: bool,
    /// The latest requests.
    pub attempts: Vec<Attempt>,
    /// The number of requests so far.
    pub tries: u32,
    /// How many requests had the outcome [`Outcome::Refused`]. The number starts again at 0 when somebody asks to send
    /// the event again.
    pub refusals: u32,
    /// When the next request is due.
    pub next_try_at: Option<Timestamp>,
    /// When the delivery was created.
    pub created_at: Timestamp,
    /// When the delivery was last changed.
    pub updated_at: Timestamp,
}

impl Delivery {
    /// Adds a request. If there are too many, the oldest one is removed.
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
    fn the_status_code_decides_the_outcome_of_a_request() {
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
