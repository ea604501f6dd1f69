//! Counts the messages that an account sends and receives. The count of the current day continues from the stored
//! count. The count of the last hour is only in memory. Even if the clock jumps, no message is counted twice, and
//! no message is missed.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use linekeeper_model::health::LastHour;
use linekeeper_model::limits::Usage;
use tokio::sync::watch;

use super::calendar::Calendar;
use super::zones::Zone;

/// The counters of one account. See the documentation of this module.
#[derive(Debug, Clone)]
pub(in crate::accounts) struct Counters {
    zone: Zone,
    today: Tally,
    /// The count of the day that was counted until the current day began. If the clock is set back to that day, this
    /// count is used again.
    other: Option<Tally>,
    /// Counts by day that are not in the database yet.
    unwritten: BTreeMap<Date, Usage>,
    last_hour: LastHour,
}

/// The count of one day.
#[derive(Debug, Clone, Copy)]
struct Tally {
    day: Date,
    usage: Usage,
}

impl Counters {
    /// Creates counters that continue from the stored count for the day of `now`.
    pub(in crate::accounts) fn new(zone: Zone, now: Timestamp, stored: Usage) -> Self {
        let today = Tally { day: zone.calendar().day(now), usage: stored };
        Self { zone, today, other: None, unwritten: BTreeMap::new(), last_hour: LastHour::default() }
    }

    /// Counts inbound messages.
    pub(in crate::accounts) fn received(&mut self, now: Timestamp, messages: u32) {
        self.turn(now);
        self.add(Usage { sent: 0, received: messages });
    }

    /// Counts messages that were sent to WhatsApp.
    pub(in crate::accounts) fn sent(&mut self, now: Timestamp, messages: u32) {
        self.turn(now);
        self.add(Usage { sent: messages, received: 0 });
        self.last_hour.sent(now, messages);
    }

    /// Counts messages that failed after they were sent.
    pub(in crate::accounts) fn failed(&mut self, now: Timestamp, messages: u32) {
        self.last_hour.failed(now, messages);
    }

    /// The count of the day of `now`.
    pub(in crate::accounts) fn today(&mut self, now: Timestamp) -> Usage {
        self.turn(now);
        self.today.usage
    }

    /// When the next day begins, and the daily count is zero again.
    pub(in crate::accounts) fn next_midnight(&self, now: Timestamp) -> Timestamp {
        self.zone.calendar().next_midnight(now)
    }

    /// Returns a receiver that is notified when the workspace's time zone changes. The daily counts must then be
    /// published again.
    pub(in crate::accounts) fn moves(&self) -> watch::Receiver<Calendar> {
        self.zone.moves()
    }

    /// The sent and failed messages of the last hour.
    pub(in crate::accounts) const fn last_hour(&self) -> &LastHour {
        &self.last_hour
    }

    /// Whether some counts are not in the database yet.
    pub(in crate::accounts) fn is_dirty(&self) -> bool {
        !self.unwritten.is_empty()
    }

    /// For each day, the count that must still be added to the stored count.
    pub(in crate::accounts) fn unwritten(&self) -> impl Iterator<Item = (Date, Usage)> {
        self.unwritten.iter().map(|(day, usage)| (*day, *usage))
    }

    /// Notes that the counts that [`Counters::unwritten`] returned are stored now.
    pub(in crate::accounts) fn written(&mut self) {
        self.unwritten.clear();
    }

    fn add(&mut self, more: Usage) {
        self.today.usage = self.today.usage.plus(more);
        let unwritten = self.unwritten.entry(self.today.day).or_default();
        *unwritten = unwritten.plus(more);
    }

    /// Starts a new day with zero if the day has changed. The clock may go back: the machine's clock is corrected, or a
    /// zone sets its clocks back to before midnight. So the previous day's count is kept, and continues if that day
    /// comes back. Only one previous day is kept. If the clock shows two wrong days and then the right day again, the
    /// shown count of the right day begins with zero, and is too low until the next start. The stored count is right
    /// even then.
    fn turn(&mut self, now: Timestamp) {
        let day = self.zone.calendar().day(now);
        if day == self.today.day {
            return;
        }
        let back = self.other.filter(|other| other.day == day);
        let new = Tally { day, usage: Usage::default() };
        self.other = Some(std::mem::replace(&mut self.today, back.unwrap_or(new)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Adds counts to the rows of days, as the database does.
    #[derive(Default)]
    struct Rows(BTreeMap<String, Usage>);

    impl Rows {
        fn save(&mut self, counters: &mut Counters) {
            for (day, more) in counters.unwritten() {
                let row = self.0.entry(day.to_string()).or_default();
                *row = row.plus(more);
            }
            counters.written();
        }

        fn of(&self, day: &str) -> Usage {
            self.0.get(day).copied().unwrap_or_default()
        }
    }

    fn unwritten(counters: &Counters) -> Vec<(String, Usage)> {
        counters.unwritten().map(|(day, usage)| (day.to_string(), usage)).collect()
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn counted(received: u32) -> Usage {
        Usage { sent: 0, received }
    }

    const DAY: &str = "2026-06-01T12:00:00Z";
    const NEXT_DAY: &str = "2026-06-02T12:00:00Z";

    fn utc() -> Counters {
        Counters::new(Zone::of("UTC"), at(DAY), Usage::default())
    }

    #[test]
    fn counts_reset_at_the_workspaces_midnight() {
        let mut counters =
            Counters::new(Zone::of("America/New_York"), at("2026-11-22T23:00:00Z"), Usage::default());
        counters.received(at("2026-11-23T04:59:59Z"), 3);
        counters.sent(at("2026-11-23T04:59:59Z"), 2);
        assert_eq!(counters.today(at("2026-11-23T04:59:59.999Z")), Usage { sent: 2, received: 3 });
        assert_eq!(unwritten(&counters), [("2026-11-22".to_owned(), Usage { sent: 2, received: 3 })]);
        assert_eq!(counters.next_midnight(at("2026-11-23T04:59:59Z")), at("2026-11-23T05:00:00Z"));
        assert_eq!(counters.today(at("2026-11-23T05:00:00Z")), Usage::default());
    }

    #[test]
    fn a_restart_continues_from_the_stored_counts() {
        let mut counters = Counters::new(Zone::of("UTC"), at(DAY), Usage { sent: 40, received: 2 });
        assert!(!counters.is_dirty());
        counters.sent(at(DAY), 1);
        assert_eq!(counters.today(at(DAY)), Usage { sent: 41, received: 2 });
        assert_eq!(unwritten(&counters), [("2026-06-01".to_owned(), Usage { sent: 1, received: 0 })]);
    }

    #[test]
    fn a_day_with_a_repeated_hour_counts_as_one_day() {
        // In Cairo the clocks go from 24:00 of 31 October 2024 to 23:00, at 21:00 UTC.
        let mut counters =
            Counters::new(Zone::of("Africa/Cairo"), at("2024-10-31T20:30:00Z"), Usage::default());
        let mut rows = Rows::default();
        for now in ["2024-10-31T20:30:00Z", "2024-10-31T21:00:00Z", "2024-10-31T21:59:59Z"] {
            counters.received(at(now), 1);
            rows.save(&mut counters);
        }
        assert_eq!(counters.today(at("2024-10-31T21:59:59Z")), counted(3));
        assert_eq!(rows.of("2024-10-31"), counted(3));
        assert_eq!(counters.today(at("2024-10-31T22:00:00Z")), Usage::default());
    }

    #[test]
    fn counts_are_kept_if_the_clock_goes_back_over_midnight() {
        // In St John's, the clocks went from 00:01 of 7 November 2010 back to 23:01 of 6 November.
        let mut counters =
            Counters::new(Zone::of("America/St_Johns"), at("2010-11-07T02:00:00Z"), Usage::default());
        let mut rows = Rows::default();
        for now in
            ["2010-11-07T02:29:00Z", "2010-11-07T02:30:30Z", "2010-11-07T02:31:00Z", "2010-11-07T03:30:00Z"]
        {
            counters.received(at(now), 1);
            rows.save(&mut counters);
            let (day, today) = (counters.zone.calendar().day(at(now)), counters.today(at(now)));
            assert_eq!(rows.of(&day.to_string()), today);
        }
        assert_eq!(
            rows.of("2010-11-07"),
            counted(2),
            "one in the early minute, one after the second midnight"
        );
        assert_eq!(rows.of("2010-11-06"), counted(2));
    }

    #[test]
    fn a_clock_that_jumps_ahead_and_back_loses_no_count() {
        // Each case says how many messages arrive while the clock is a day ahead, and if the counts are saved then.
        for (received_ahead, saved_ahead) in [(0, false), (5, false), (5, true)] {
            let (mut counters, mut rows) = (utc(), Rows::default());
            counters.received(at(DAY), 100);
            rows.save(&mut counters);
            counters.received(at(DAY), 1);
            assert_eq!(counters.today(at(NEXT_DAY)), Usage::default());
            counters.received(at(NEXT_DAY), received_ahead);
            if saved_ahead {
                rows.save(&mut counters);
                assert_eq!(rows.of("2026-06-02"), counted(received_ahead));
            }
            assert_eq!(counters.today(at(DAY)), counted(101));
            counters.received(at(DAY), 1);
            rows.save(&mut counters);
            assert_eq!(rows.of("2026-06-01"), counted(102), "{received_ahead} {saved_ahead}");
            // When the next day really begins, its count continues from the messages that were counted too early.
            assert_eq!(counters.today(at(NEXT_DAY)), counted(received_ahead));
            counters.received(at(NEXT_DAY), 1);
            rows.save(&mut counters);
            assert_eq!(rows.of("2026-06-02"), counted(received_ahead + 1));
        }
    }

    #[test]
    fn saving_without_changes_keeps_the_counts() {
        let (mut counters, mut rows) = (utc(), Rows::default());
        counters.received(at(DAY), 2);
        rows.save(&mut counters);
        counters.today(at(NEXT_DAY));
        // The counts are saved although nothing was counted on the next day. The first day's row keeps its count.
        rows.save(&mut counters);
        counters.received(at(DAY), 1);
        rows.save(&mut counters);
        assert_eq!(rows.of("2026-06-01"), counted(3));
    }

    #[test]
    fn counts_stop_at_their_maximum() {
        let mut counters = utc();
        counters.received(at(DAY), u32::MAX);
        counters.received(at(DAY), 1);
        assert_eq!(counters.today(at(DAY)), counted(u32::MAX));
    }

    #[test]
    fn failures_are_counted_over_the_last_hour() {
        let mut counters = utc();
        counters.sent(at(DAY), 20);
        counters.failed(at(DAY), 2);
        let hour = |counters: &Counters, now: &str| counters.last_hour().deliveries(at(now));
        assert!(hour(&counters, "2026-06-01T12:59:59Z").is_raised());
        assert_eq!(hour(&counters, "2026-06-01T13:00:00Z").sends, 0);
        assert_eq!(
            counters.today(at("2026-06-01T13:00:00Z")).sent,
            20,
            "a failed message was sent all the same"
        );
    }
}
