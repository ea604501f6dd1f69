//! When an event is sent again after a failure: after 5 s, 30 s, 2 min, 10 min and 30 min, and then every hour.

use std::time::Duration;

use super::Outcome;
use crate::backoff::jittered;

/// The pauses in seconds after the first six failures. After more failures, the last pause repeats.
const PAUSES: [u64; 6] = [5, 30, 2 * 60, 10 * 60, 30 * 60, 60 * 60];

/// The maximum pause between two requests, even if `Retry-After` asks for a longer pause. Jitter is added to this
/// maximum.
pub const LONGEST_PAUSE: Duration = Duration::from_secs(60 * 60);

/// If an endpoint that works has refused an event this many times, the server gives the event up. The endpoint has then
/// refused the first request and five repeats.
pub const REFUSALS: u32 = 6;

/// What to do after a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Nothing more has to be done for the event.
    Done,
    /// Send the same event again after this time.
    Again(Duration),
    /// The server gives the event up.
    Dead,
    /// Send no more events to the endpoint until somebody resumes it.
    Disable,
}

/// What to do after the latest request for an event. `tries` is the number of requests so far, and `refused` is
/// how many of them were refused. `jitter` is from 0.0 to 1.0.
pub fn next(outcome: Outcome, tries: u32, refused: u32, retry_after: Option<Duration>, jitter: f64) -> Next {
    match outcome {
        Outcome::Delivered => Next::Done,
        Outcome::Gone => Next::Disable,
        Outcome::Refused if refused >= REFUSALS => Next::Dead,
        Outcome::Refused => Next::Again(pause(refused, retry_after, jitter)),
        Outcome::Down => Next::Again(pause(tries, retry_after, jitter)),
    }
}

/// The pause after `failures` failures in a row (from 1). If the endpoint asks for a longer pause, the server waits
/// that long, but at most [`LONGEST_PAUSE`] plus jitter.
pub fn pause(failures: u32, retry_after: Option<Duration>, jitter: f64) -> Duration {
    let place = usize::try_from(failures.saturating_sub(1)).unwrap_or(usize::MAX);
    let plain = Duration::from_secs(PAUSES[place.min(PAUSES.len() - 1)]);
    jittered(retry_after.unwrap_or_default().max(plain).min(LONGEST_PAUSE), jitter)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pauses(outcome: Outcome, tries: u32) -> Vec<Option<u64>> {
        let next = |n| match next(outcome, n, n, None, 0.0) {
            Next::Again(pause) => Some(pause.as_secs()),
            _ => None,
        };
        (1..=tries).map(next).collect()
    }

    #[test]
    fn an_endpoint_that_is_down_is_retried_without_end() {
        let expected = [5, 30, 120, 600, 1800, 3600, 3600, 3600].map(Some);
        assert_eq!(pauses(Outcome::Down, 8), expected);
        assert_eq!(next(Outcome::Down, u32::MAX, 0, None, 0.0), Next::Again(LONGEST_PAUSE));
    }

    #[test]
    fn a_refused_event_is_given_up_after_five_retries() {
        assert_eq!(pauses(Outcome::Refused, 6), [Some(5), Some(30), Some(120), Some(600), Some(1800), None]);
        assert_eq!(next(Outcome::Refused, 6, 6, None, 0.0), Next::Dead);
        // Of 40 requests, only one was refused. The other 39 failed in an outage and do not count.
        assert_eq!(next(Outcome::Refused, 40, 1, None, 0.0), Next::Again(Duration::from_secs(5)));
    }

    #[test]
    fn retry_after_is_obeyed_up_to_an_hour() {
        let asked = |seconds| pause(1, Some(Duration::from_secs(seconds)), 0.0).as_secs();
        assert_eq!((asked(0), asked(4), asked(90), asked(3600), asked(86_400)), (5, 5, 90, 3600, 3600));
    }

    #[test]
    fn jitter_only_lengthens_a_pause() {
        assert_eq!(pause(1, None, 1.0), Duration::from_secs(6));
        assert_eq!(next(Outcome::Delivered, 1, 0, None, 1.0), Next::Done);
        assert_eq!(next(Outcome::Gone, 1, 0, None, 1.0), Next::Disable);
    }
}
