//! How many messages were sent and how many failed in the last hour, by the minute. The numbers are only in
//! memory, so a restart sets them to zero.

use std::collections::VecDeque;

use jiff::Timestamp;

/// The minimum number of messages for a meaningful failure rate.
const LEAST_SENDS: u32 = 20;
/// The percentage of failed messages at which the failure rate is too high.
const RAISED_FROM: u64 = 10;
/// How many minutes count.
const MINUTES: i64 = 60;

/// Messages that were sent in the last hour, and how many of them failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Deliveries {
    /// How many messages the server tried to send.
    pub sends: u32,
    /// How many of the messages failed.
    pub failed: u32,
    /// When the oldest of these messages become an hour old, and so no longer count.
    pub changes_at: Option<Timestamp>,
}

impl Deliveries {
    /// The percentage of sent messages that failed; `None` if nothing was sent.
    pub fn failure_rate(self) -> Option<f64> {
        let failed = self.failed.min(self.sends);
        (self.sends > 0).then(|| f64::from(failed) * 100.0 / f64::from(self.sends))
    }

    /// Whether the failure rate deserves a warning: 10 % or more, and at least 20 messages.
    pub fn is_raised(self) -> bool {
        self.sends >= LEAST_SENDS && u64::from(self.failed) * 100 >= u64::from(self.sends) * RAISED_FROM
    }
}

/// Counts sent and failed messages by the minute, and removes minutes that are older than an hour. It uses no
/// memory while no messages are sent.
#[derive(Debug, Clone, Default)]
pub struct LastHour {
    /// The minutes that have messages, the oldest first.
    minutes: VecDeque<Minute>,
}

#[derive(Debug, Clone, Copy)]
struct Minute {
    /// The number of the minute, counted from the beginning of 1970.
    number: i64,
    sends: u32,
    failed: u32,
}

impl LastHour {
    /// Counts messages that the server tried to send, whether or not they succeed.
    pub fn sent(&mut self, now: Timestamp, messages: u32) {
        let minute = self.minute(now);
        minute.sends = minute.sends.saturating_add(messages);
    }

    /// Counts messages that failed. They must also be counted with [`LastHour::sent`].
    pub fn failed(&mut self, now: Timestamp, messages: u32) {
        let minute = self.minute(now);
        minute.failed = minute.failed.saturating_add(messages);
    }

    /// The numbers of the last hour at `now`, exact to the minute.
    pub fn deliveries(&self, now: Timestamp) -> Deliveries {
        let current = number(now);
        let mut figures = Deliveries::default();
        for minute in self.minutes.iter().filter(|minute| minute.is_within(current)) {
            figures.sends = figures.sends.saturating_add(minute.sends);
            figures.failed = figures.failed.saturating_add(minute.failed);
            figures.changes_at = figures.changes_at.or_else(|| minute.leaves_at());
        }
        figures
    }

    /// The counter for the minute of `now`. Removes minutes that are an hour old, and minutes in the future, which
    /// exist after the clock was set back.
    fn minute(&mut self, now: Timestamp) -> &mut Minute {
        let current = number(now);
        self.minutes.retain(|minute| minute.is_within(current));
        if self.minutes.back().is_none_or(|last| last.number != current) {
            self.minutes.push_back(Minute { number: current, sends: 0, failed: 0 });
        }
        self.minutes.back_mut().expect("the current minute was just put there")
    }
}

impl Minute {
    const fn is_within(&self, current: i64) -> bool {
        self.number <= current && current < self.number + MINUTES
    }

    fn leaves_at(&self) -> Option<Timestamp> {
        Timestamp::from_second((self.number + MINUTES) * 60).ok()
    }
}

fn number(now: Timestamp) -> i64 {
    now.as_second().div_euclid(60)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn figures(hour: &LastHour, second: i64) -> (u32, u32) {
        let Deliveries { sends, failed, .. } = hour.deliveries(at(second));
        (sends, failed)
    }

    #[test]
    fn the_last_hour_drops_old_minutes() {
        let mut hour = LastHour::default();
        hour.sent(at(59), 5);
        hour.failed(at(60), 2);
        hour.sent(at(61), 1);
        assert_eq!(figures(&hour, 3_599), (6, 2));
        assert_eq!(hour.deliveries(at(3_599)).changes_at, Some(at(3_600)));
        assert_eq!(figures(&hour, 3_600), (1, 2));
        assert_eq!(hour.deliveries(at(3_600)).changes_at, Some(at(3_660)));
        assert_eq!(hour.deliveries(at(3_660)), Deliveries::default());
    }

    #[test]
    fn at_most_one_hour_is_kept() {
        let mut hour = LastHour::default();
        for minute in 0..10_000 {
            hour.sent(at(minute * 60), 1);
            assert!(hour.minutes.len() <= 60);
        }
        assert_eq!(figures(&hour, 9_999 * 60), (60, 0));
    }

    #[test]
    fn counts_from_the_future_are_dropped_after_a_clock_is_set_back() {
        let mut hour = LastHour::default();
        hour.sent(at(86_400), 7);
        assert_eq!(figures(&hour, 60), (0, 0));
        hour.sent(at(60), 1);
        assert_eq!(figures(&hour, 60), (1, 0));
        assert_eq!(figures(&hour, 86_400), (0, 0));
    }

    #[test]
    fn ten_percent_failures_among_at_least_twenty_messages_are_too_many() {
        let raised = |sends, failed| Deliveries { sends, failed, changes_at: None }.is_raised();
        assert!(raised(20, 2) && raised(100, 10) && raised(20, 20));
        assert!(!raised(19, 19) && !raised(20, 1) && !raised(100, 9) && !raised(101, 10) && !raised(0, 0));
    }

    #[test]
    fn without_sent_messages_there_is_no_rate() {
        let rate = |sends, failed| Deliveries { sends, failed, changes_at: None }.failure_rate();
        assert_eq!([rate(0, 0), rate(0, 3), rate(8, 1), rate(1, 2)], [None, None, Some(12.5), Some(100.0)]);
    }
}
