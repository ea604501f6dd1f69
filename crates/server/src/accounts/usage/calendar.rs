//! Days as a workspace counts them: from midnight to midnight in its time zone, whatever their length. The only place
//! that knows what a day is.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// The days of one workspace.
#[derive(Debug, Clone)]
pub struct Calendar(TimeZone);

impl Calendar {
    /// Days in the IANA time zone of that name; in UTC where nobody knows it.
    pub fn of(zone: &str) -> Self {
        Self(TimeZone::get(zone).unwrap_or(TimeZone::UTC))
    }

    /// Which day it is.
    pub fn day(&self, now: Timestamp) -> Date {
        self.0.to_datetime(now).date()
    }

    /// The first moment after `now` that belongs to a later day. That is midnight, or where clocks are set forward at
    /// midnight, the moment at which they are.
    pub fn next_midnight(&self, now: Timestamp) -> Timestamp {
        let Ok(tomorrow) = self.day(now).tomorrow() else {
            return Timestamp::MAX;
        };
        let midnight = self.0.to_ambiguous_timestamp(tomorrow.at(0, 0, 0, 0));
        let next = match midnight.compatible() {
            // Clocks that were set back over midnight show it once more.
            Ok(first) if first <= now => midnight.later(),
            first => first,
        };
        next.unwrap_or(Timestamp::MAX)
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    /// Zone, moment, the day that it belongs to, when the next day begins.
    const DAYS: &[(&str, &str, &str, &str)] = &[
        ("UTC", "2026-06-01T00:00:00Z", "2026-06-01", "2026-06-02T00:00:00Z"),
        ("UTC", "2026-06-01T23:59:59.999Z", "2026-06-01", "2026-06-02T00:00:00Z"),
        ("Asia/Kolkata", "2026-06-01T18:29:59Z", "2026-06-01", "2026-06-01T18:30:00Z"),
        ("Asia/Kolkata", "2026-06-01T18:30:00Z", "2026-06-02", "2026-06-02T18:30:00Z"),
        ("Pacific/Kiritimati", "2026-06-01T10:00:00Z", "2026-06-02", "2026-06-02T10:00:00Z"),
        // A day of 23 hours, and one of 25.
        ("America/New_York", "2026-03-08T05:00:00Z", "2026-03-08", "2026-03-09T04:00:00Z"),
        ("America/New_York", "2026-11-01T04:00:00Z", "2026-11-01", "2026-11-02T05:00:00Z"),
        ("Europe/Berlin", "2026-03-28T23:00:00Z", "2026-03-29", "2026-03-29T22:00:00Z"),
        ("Europe/Berlin", "2026-10-24T22:00:00Z", "2026-10-25", "2026-10-25T23:00:00Z"),
        ("Australia/Lord_Howe", "2026-04-04T13:00:00Z", "2026-04-05", "2026-04-05T13:30:00Z"),
        // Clocks go from 00:00 to 01:00: the day begins at one.
        ("America/Sao_Paulo", "2018-11-04T02:59:59Z", "2018-11-03", "2018-11-04T03:00:00Z"),
        ("America/Sao_Paulo", "2018-11-04T03:00:00Z", "2018-11-04", "2018-11-05T02:00:00Z"),
        ("Africa/Cairo", "2024-04-25T12:00:00Z", "2024-04-25", "2024-04-25T22:00:00Z"),
        ("Africa/Cairo", "2024-04-25T22:00:00Z", "2024-04-26", "2024-04-26T21:00:00Z"),
        ("Asia/Beirut", "2024-03-30T21:59:59Z", "2024-03-30", "2024-03-30T22:00:00Z"),
        ("Asia/Beirut", "2024-03-30T22:00:00Z", "2024-03-31", "2024-03-31T21:00:00Z"),
        // Clocks go from 24:00 to 23:00: the day has that hour twice, and ends once.
        ("America/Sao_Paulo", "2018-02-18T01:30:00Z", "2018-02-17", "2018-02-18T03:00:00Z"),
        ("America/Sao_Paulo", "2018-02-18T02:30:00Z", "2018-02-17", "2018-02-18T03:00:00Z"),
        ("Africa/Cairo", "2024-10-31T20:30:00Z", "2024-10-31", "2024-10-31T22:00:00Z"),
        ("Africa/Cairo", "2024-10-31T21:30:00Z", "2024-10-31", "2024-10-31T22:00:00Z"),
        // Clocks go from 01:00 to 00:00: midnight comes twice, the day begins once.
        ("America/Havana", "2024-11-03T03:59:59Z", "2024-11-02", "2024-11-03T04:00:00Z"),
        ("America/Havana", "2024-11-03T04:30:00Z", "2024-11-03", "2024-11-04T05:00:00Z"),
        ("America/Havana", "2024-11-03T05:00:00Z", "2024-11-03", "2024-11-04T05:00:00Z"),
        // Clocks go from 00:01 to 23:01 of the day before: one minute of tomorrow, and today again.
        ("America/St_Johns", "2010-11-07T02:29:59Z", "2010-11-06", "2010-11-07T02:30:00Z"),
        ("America/St_Johns", "2010-11-07T02:30:30Z", "2010-11-07", "2010-11-08T03:30:00Z"),
        ("America/St_Johns", "2010-11-07T02:31:00Z", "2010-11-06", "2010-11-07T03:30:00Z"),
        // There was no 30 December.
        ("Pacific/Apia", "2011-12-30T09:59:59Z", "2011-12-29", "2011-12-30T10:00:00Z"),
        ("Pacific/Apia", "2011-12-30T10:00:00Z", "2011-12-31", "2011-12-31T10:00:00Z"),
        // Nobody knows these.
        ("Mars/Olympus_Mons", "2026-06-01T12:00:00Z", "2026-06-01", "2026-06-02T00:00:00Z"),
        ("", "2026-06-01T12:00:00Z", "2026-06-01", "2026-06-02T00:00:00Z"),
        ("../../etc/passwd", "2026-06-01T12:00:00Z", "2026-06-01", "2026-06-02T00:00:00Z"),
    ];

    #[test]
    fn days_end_at_exactly_these_moments() {
        for (zone, now, day, next) in DAYS {
            let calendar = Calendar::of(zone);
            assert_eq!(calendar.day(at(now)).to_string(), *day, "{zone} at {now}");
            assert_eq!(calendar.next_midnight(at(now)), at(next), "{zone} at {now}");
        }
    }

    /// Every seven minutes of the days around each moment of the table.
    #[test]
    fn a_day_goes_on_until_its_end_and_no_longer() {
        for (zone, around, ..) in DAYS {
            let calendar = Calendar::of(zone);
            let mut now = at(around) - SignedDuration::from_hours(48);
            for _ in 0..(96 * 60 / 7) {
                let next = calendar.next_midnight(now);
                assert!(next > now, "{zone} at {now}: {next}");
                assert!(calendar.day(next) > calendar.day(now), "{zone} at {now}: {next}");
                let last = next - SignedDuration::from_millis(1);
                assert!(calendar.day(last) <= calendar.day(now), "{zone} at {now}: {next}");
                now += SignedDuration::from_mins(7);
            }
        }
    }

    #[test]
    fn the_end_of_time_is_no_panic() {
        assert_eq!(Calendar::of("UTC").next_midnight(Timestamp::MAX), Timestamp::MAX);
        assert_eq!(Calendar::of("Pacific/Kiritimati").next_midnight(Timestamp::MAX), Timestamp::MAX);
    }
}
