//! The schedule for reconnecting: after 1, 2, 4, 8 and 16 s. If the last attempt fails, too, a person must act.

use std::time::Duration;

/// The number of attempts that the schedule allows. After that, the status is `retries_exhausted`.
pub const ATTEMPTS: u32 = 5;

/// The maximum delay of the schedule, without jitter.
const LONGEST: Duration = Duration::from_secs(30);

/// A connection that has lasted this long resets the number of failed attempts.
pub const STABLE_AFTER: Duration = Duration::from_secs(30);

/// The maximum share of the delay that is added at random, so that accounts that lost their connections together
/// do not reconnect at the same moment.
const JITTER: f64 = 0.2;

/// How long to wait before attempt `attempt` (counted from 0): `min(1000 * 2^attempt, 30000)` ms plus up to 20 %,
/// according to `jitter` (0.0 to 1.0). `None` if no attempt is left.
pub fn delay(attempt: u32, jitter: f64) -> Option<Duration> {
    if attempt >= ATTEMPTS {
        return None;
    }
    Some(jittered(Duration::from_secs(1 << attempt).min(LONGEST), jitter))
}

/// `base` plus up to 20 %, according to `jitter` (0.0 to 1.0).
pub fn jittered(base: Duration, jitter: f64) -> Duration {
    base + base.mul_f64(JITTER * jitter.clamp(0.0, 1.0))
}

/// The pauses between attempts while the database cannot be reached. All later pauses are as long as the last one
/// here.
const WHILE_AWAY: [Duration; 4] =
    [Duration::from_millis(100), Duration::from_millis(500), Duration::from_secs(2), Duration::from_secs(5)];

/// How long to wait before the server repeats a request to the database. `tries` is the number of the attempt that
/// failed, counted from 0. The server repeats the request until the database can be reached again.
pub fn while_away(tries: usize) -> Duration {
    WHILE_AWAY[tries.min(WHILE_AWAY.len() - 1)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_backoff_delays_are_exact() {
        let plain: Vec<_> = (0..6).map(|attempt| delay(attempt, 0.0).map(|d| d.as_secs())).collect();
        assert_eq!(plain, [Some(1), Some(2), Some(4), Some(8), Some(16), None]);
    }

    #[test]
    fn jitter_adds_at_most_a_fifth() {
        assert_eq!(delay(2, 1.0), Some(Duration::from_millis(4_800)));
        assert_eq!(delay(2, 7.0), Some(Duration::from_millis(4_800)));
        assert_eq!(delay(2, -1.0), Some(Duration::from_secs(4)));
    }
}
