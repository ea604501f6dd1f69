//! Logs why tokens were refused, so that an operator can find a wrong setting. Anybody can send bad tokens, so at
//! most one line per second is written. The next line says how many refusals were not logged.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use linekeeper_model::Timestamp;

const APART: Duration = Duration::from_secs(1);

#[derive(Debug, Default)]
pub(super) struct Refusals(Mutex<Told>);

#[derive(Debug, Default)]
struct Told {
    last: Option<Timestamp>,
    left_out: u64,
}

impl Refusals {
    pub fn tell(&self, why: &str, now: Timestamp) {
        if let Some(left_out) = self.turn(now) {
            tracing::info!(why, left_out, "a token of the CRM was refused");
        }
    }

    /// Returns `None` if no line may be written now. Otherwise returns how many refusals were not logged since the
    /// last line.
    fn turn(&self, now: Timestamp) -> Option<u64> {
        // If another thread panicked, the count is still usable.
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // If the clock was set back, logging must continue.
        let is_due = told.last.is_none_or(|last| now < last || last + APART <= now);
        if !is_due {
            told.left_out += 1;
            return None;
        }
        told.last = Some(now);
        Some(std::mem::take(&mut told.left_out))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_bad_tokens_are_logged_once_a_second() {
        let refusals = Refusals::default();
        let at = |millis| Timestamp::from_millisecond(millis).unwrap();
        let turns = [0, 1, 999, 1_000, 1_001, 500].map(|millis| refusals.turn(at(millis)));
        assert_eq!(turns, [Some(0), None, None, Some(2), None, Some(1)]);
    }
}
