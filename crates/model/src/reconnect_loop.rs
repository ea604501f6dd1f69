//! A connection that comes back and breaks again and again: each return looks healthy, the whole is not.

use std::collections::VecDeque;
use std::time::Duration;

use jiff::Timestamp;

/// So many disconnects ..
pub const DISCONNECTS: usize = 5;

/// .. within this time are a loop.
pub const WITHIN: Duration = Duration::from_secs(600);

/// A loop goes on for as long as it lasts; people are told once in this time.
const TELL_EVERY: Duration = Duration::from_secs(3600);

/// The latest disconnects of one account.
#[derive(Debug, Clone, Default)]
pub struct Disconnects {
    times: VecDeque<Timestamp>,
    told: Option<Timestamp>,
}

impl Disconnects {
    /// A connection that was online broke. True when people should be told of a loop.
    pub fn note(&mut self, now: Timestamp) -> bool {
        self.times.push_back(now);
        // A clock that was set back makes old times look like the future: they count as now.
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

    /// Disconnects within the last ten minutes, as far as they are remembered.
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
    fn five_in_ten_minutes_are_a_loop() {
        assert_eq!(told([0, 150, 300, 450, 600]), [false, false, false, false, true]);
        assert_eq!(told([0, 150, 300, 450, 601]), [false; 5], "the first one is too long ago");
    }

    #[test]
    fn a_loop_is_told_once_an_hour() {
        let told = told((0..65).map(|minute| minute * 60));
        let times: Vec<_> =
            told.iter().enumerate().filter(|(_, told)| **told).map(|(minute, _)| minute).collect();
        assert_eq!(times, [4, 64]);
    }

    #[test]
    fn a_clock_that_is_set_back_does_not_silence_it() {
        assert_eq!(told([86_400, 0, 1, 2, 3, 4]), [false, false, false, false, false, true]);
    }
}
