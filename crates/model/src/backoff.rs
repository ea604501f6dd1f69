//! The reconnect schedule: 1, 2, 4, 8 and 16 s. After that, a person is notified.

use std::time::Duration;

/// Attempts 0 to 4 are made by the schedule; a sixth failure means `retries_exhausted`.
pub const ATTEMPTS: u32 = 5;

/// The maximum delay of the schedule, without jitter.
const LONGEST: Duration = Duration::from_secs(30);

/// A connection that held this long resets the count of attempts.
pub const STABLE_AFTER: Duration = Duration::from_secs(30);

/// The maximum share of the delay that is added at random, so that accounts of one outage do not all return at the
/// same moment.
const JITTER: f64 = 0.2;

/// How long to wait before attempt `attempt` (from 0): `min(1000 * 2^attempt, 30000)` ms plus
/// `jitter` (0.0 to 1.0) of up to 20 %. `None` when the schedule is exhausted.
pub fn delay(attempt: u32, jitter: f64) -> Option<Duration> {
    if attempt >= ATTEMPTS {
        return None;
    }
    Some(jittered(Duration::from_secs(1 << attempt).min(LONGEST), jitter))
}

/// `base` plus `jitter` (0.0 to 1.0) of up to 20 %.
pub fn jittered(base: Duration, jitter: f64) -> Duration {
    base + base.mul_f64(JITTER * jitter.clamp(0.0, 1.0))
}

/// The pauses while a database is unreachable. The last one repeats.
const WHILE_AWAY: [Duration; 4] =
    [Duration::from_millis(100), Duration::from_millis(500), Duration::from_secs(2), Duration::from_secs(5)];

/// How long to wait after attempt `tries` (from 0) of a write that must not be given up while the database is
/// unreachable.
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
