//! Messages of the day. A day ends at midnight in the workspace's time zone, whatever its length.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use linekeeper_model::limits::Usage;

/// What an account did today, and how much of it is not on disk.
#[derive(Debug, Clone)]
pub(super) struct Counters {
    zone: TimeZone,
    day: Date,
    usage: Usage,
    unwritten: u32,
}

impl Counters {
    /// Goes on from what is stored for the day of `now`. An unknown zone counts in UTC.
    pub(super) fn new(zone: &str, now: Timestamp, stored: Usage) -> Self {
        let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
        let day = now.to_zoned(zone.clone()).date();
        Self { zone, day, usage: stored, unwritten: 0 }
    }

    /// The day's name in the database.
    pub(super) fn day_of(zone: &str, now: Timestamp) -> String {
        let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
        now.to_zoned(zone).date().to_string()
    }

    pub(super) fn received(&mut self, now: Timestamp, messages: u32) {
        self.turn(now);
        self.usage.received = self.usage.received.saturating_add(messages);
        self.unwritten = self.unwritten.saturating_add(messages);
    }

    pub(super) fn today(&mut self, now: Timestamp) -> Usage {
        self.turn(now);
        self.usage
    }

    pub(super) const fn is_dirty(&self) -> bool {
        self.unwritten > 0
    }

    /// Day and messages to add to what is stored.
    pub(super) fn unwritten(&self) -> Option<(String, u32)> {
        (self.unwritten > 0).then(|| (self.day.to_string(), self.unwritten))
    }

    pub(super) const fn written(&mut self) {
        self.unwritten = 0;
    }

    /// A new day begins with nothing; the last second's unwritten messages of the old one are let go.
    fn turn(&mut self, now: Timestamp) {
        let day = now.to_zoned(self.zone.clone()).date();
        if day != self.day {
            (self.day, self.usage, self.unwritten) = (day, Usage::default(), 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn midnight_is_the_workspaces() {
        let mut counters = Counters::new("America/New_York", at("2026-11-22T23:00:00Z"), Usage::default());
        counters.received(at("2026-11-23T04:59:59Z"), 3);
        assert_eq!(counters.today(at("2026-11-23T04:59:59Z")).received, 3);
        assert_eq!(counters.unwritten(), Some(("2026-11-22".to_owned(), 3)));
        assert_eq!(counters.today(at("2026-11-23T05:00:00Z")).received, 0);
    }
}
