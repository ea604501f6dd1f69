//! Detects a reconnect loop: the connection of an account comes back and breaks again and again. After each
//! reconnect the status looks good, but the account does not work well.

use std::collections::VecDeque;
use std::time::Duration;

use jiff::Timestamp;

/// A reconnect loop has at least this number of disconnects within [`WITHIN`].
pub const DISCONNECTS: usize = 5;

/// A reconnect loop has at least [`DISCONNECTS`] disconnects within this time.
pub const WITHIN: Duration = Duration::from_secs(600);

/// A loop may last long, so people are notified at most once in this time.
const TELL_EVERY: Duration = Duration::from_secs(3600);

/// The latest times at which one account lost its connection.
#[derive(Debug, Clone, Default)]
pub struct Disconnects {
    times: VecDeque<Timestamp>,
    told: Option<Timestamp>,
}

impl Disconnects {
    /// Notes that a connection broke. Returns true if people should now be notified of a loop.
    pub fn note(&mut self, now: Timestamp) -> bool {
        self.times.push_back(now);
        // If the clock was set back, earlier times lie in the future. They count if they are close to `now`.
        self.times.retain(|time| now.duration_since(*time).unsigned_abs() <= WITHIN);
        if self.times.len() > DISCONNECTS {
            self.times.pop_front();
        }
        let quiet = self.told.is_none_or(|told| now.duration_since(told).unsigned_abs() >= TELL_EVERY);
        let tell = self.times.len() >= DISCONNECTS && quiet;
        if tell {
            self.told = Some(now);
        }
        tell
    }

    /// The number of disconnects within the last ten minutes, at most [`DISCONNECTS`].
    pub fn recent(&self, now: Timestamp) -> usize {
        self.times.iter().filter(|time| now.duration_since(**time).unsigned_abs() <= WITHIN).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    fn told(times: impl IntoIterator<Item = i64>) -> Vec<bool> {
        let mut disconnects = Disconnects::default();
        times.into_iter().map(|time| disconnects.note(at(time))).collect()
    }

    #[test]
    fn five_disconnects_in_ten_minutes_are_a_loop() {
        assert_eq!(told([0, 150, 300, 450, 600]), [false, false, false, false, true]);
        assert_eq!(told([0, 150, 300, 450, 601]), [false; 5], "the first one is too long ago");
    }

    #[test]
    fn a_loop_is_reported_once_an_hour() {
        let told = told((0..65).map(|minute| minute * 60));
        let times: Vec<_> =
            told.iter().enumerate().filter(|(_, told)| **told).map(|(minute, _)| minute).collect();
        assert_eq!(times, [4, 64]);
    }

    #[test]
    fn a_loop_is_still_reported_after_the_clock_is_set_back() {
        assert_eq!(told([86_400, 0, 1, 2, 3, 4]), [false, false, false, false, false, true]);
    }
}
