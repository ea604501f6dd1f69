//! How well an endpoint works: the results of its requests, and the state that follows from them.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Attempt, FailureKind, Outcome};

/// How long an endpoint must be down before it counts as failing.
pub const FAILING_AFTER: SignedDuration = SignedDuration::from_hours(24);
/// If the server gives up this many events in a row, the endpoint counts as down.
const DEAD_IN_A_ROW: u32 = 10;

/// Why an endpoint gets no events until somebody resumes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DisabledFor {
    /// The endpoint responded with 410.
    Gone,
    /// The endpoint gets events with the rights of a member or an API key. This member or key may no longer manage
    /// webhooks.
    MakerLostRights,
    /// The endpoint's address, headers or signing key cannot be decrypted.
    Unreadable,
}

impl DisabledFor {
    /// All reasons.
    pub const ALL: [Self; 3] = [Self::Gone, Self::MakerLostRights, Self::Unreadable];

    /// The reason's text in the API.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Gone => "gone",
            Self::MakerLostRights => "maker_lost_rights",
            Self::Unreadable => "unreadable",
        }
    }
}

/// The state that the API shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndpointState {
    /// The endpoint gets its events.
    Active,
    /// Somebody paused the endpoint.
    Paused,
    /// The endpoint has been down for a day. The server sends only one event at a time until the endpoint works
    /// again.
    Failing,
    /// The endpoint gets no events until somebody resumes it.
    Disabled(DisabledFor),
}

impl EndpointState {
    /// The state's text in the API.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Paused => "paused",
            Self::Failing => "failing",
            Self::Disabled(_) => "disabled",
        }
    }
}

/// The last request that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Failure {
    /// When the failure happened.
    pub at: Timestamp,
    /// The kind of failure.
    pub kind: FailureKind,
    /// The status of the response, if there was one.
    pub status: Option<u16>,
}

/// How well an endpoint has worked, judged by the results of its requests.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EndpointHealth {
    /// Since when the endpoint has been down; `None` if it works.
    pub down_since: Option<Timestamp>,
    /// Whether people were notified that the endpoint is failing.
    pub told: bool,
    /// How many events the server has given up since the endpoint last accepted one.
    pub dead_in_a_row: u32,
    /// When the endpoint last accepted an event.
    pub last_success_at: Option<Timestamp>,
    /// The last request that failed.
    pub last_failure: Option<Failure>,
}

impl EndpointHealth {
    /// Whether the endpoint is down.
    pub const fn is_down(&self) -> bool {
        self.down_since.is_some()
    }

    /// Whether the endpoint has been down for so long that people should know.
    pub fn is_failing(&self, now: Timestamp) -> bool {
        self.down_since.is_some_and(|since| now.duration_since(since) >= FAILING_AFTER)
    }

    /// How a request counts. It counts as its own outcome, with one exception: if the endpoint refuses all events, a
    /// refusal counts as an outage, so that the server does not give up further events.
    pub const fn meaning_of(&self, attempt: &Attempt) -> Outcome {
        match attempt.outcome() {
            Outcome::Refused if self.dead_in_a_row >= DEAD_IN_A_ROW => Outcome::Down,
            outcome => outcome,
        }
    }

    /// Notes the result of a request.
    pub fn note(&mut self, attempt: &Attempt) {
        match attempt.outcome() {
            Outcome::Delivered => {
                self.last_success_at = Some(attempt.at);
                self.forget_trouble();
                return;
            }
            Outcome::Down => self.down_since = self.down_since.or(Some(attempt.at)),
            // A refusal shows that the endpoint works, unless the endpoint refuses all events.
            Outcome::Refused if self.dead_in_a_row < DEAD_IN_A_ROW => {
                (self.down_since, self.told) = (None, false);
            }
            Outcome::Refused | Outcome::Gone => {}
        }
        let kind = attempt.failure.unwrap_or(FailureKind::Status);
        self.last_failure = Some(Failure { at: attempt.at, kind, status: attempt.status });
    }

    /// Notes that the server gave up an event.
    pub fn note_dead(&mut self, now: Timestamp) {
        self.dead_in_a_row = self.dead_in_a_row.saturating_add(1);
        if self.dead_in_a_row >= DEAD_IN_A_ROW {
            self.down_since = self.down_since.or(Some(now));
        }
    }

    /// Forgets the failures, because the endpoint works again or somebody resumed it.
    pub const fn forget_trouble(&mut self) {
        (self.down_since, self.told, self.dead_in_a_row) = (None, false, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn attempt(second: i64, status: Option<u16>) -> Attempt {
        let failure = match status {
            Some(200..=299) => None,
            Some(_) => Some(FailureKind::Status),
            None => Some(FailureKind::Timeout),
        };
        Attempt { at: at(second), duration_ms: 1, status, failure, answer: None }
    }

    #[test]
    fn an_endpoint_that_is_down_for_a_day_is_failing_until_a_request_succeeds() {
        let mut health = EndpointHealth::default();
        for second in [0, 5, 40, 86_399] {
            health.note(&attempt(second, None));
            assert!(!health.is_failing(at(second)), "{second}");
        }
        assert!(health.is_down());
        assert!(health.is_failing(at(86_400)));
        assert_eq!(health.last_failure.as_ref().unwrap().kind, FailureKind::Timeout);
        health.note(&attempt(90_000, Some(204)));
        assert_eq!((health.is_down(), health.last_success_at), (false, Some(at(90_000))));
    }

    #[test]
    fn an_endpoint_is_down_after_the_server_gave_up_ten_events_in_a_row() {
        let mut health = EndpointHealth::default();
        for second in 1..=10 {
            assert!(!health.is_down());
            health.note(&attempt(second, Some(500)));
            health.note_dead(at(second));
        }
        assert_eq!(health.down_since, Some(at(10)));
        health.note(&attempt(11, Some(500)));
        assert!(health.is_down(), "it still refuses everything");
        assert_eq!(health.meaning_of(&attempt(11, Some(500))), Outcome::Down);
        health.note(&attempt(12, Some(200)));
        assert_eq!((health.is_down(), health.dead_in_a_row), (false, 0));
    }
}
