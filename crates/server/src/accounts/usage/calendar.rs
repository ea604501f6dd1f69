//! The days of a workspace. A day lasts from midnight to midnight in the workspace's time zone, even if it has 23
//! or 25 hours. Only this module decides what a day is.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// The days of one workspace.
#[derive(Debug, Clone)]
pub struct Calendar(TimeZone);

impl Calendar {
    /// The days in the IANA time zone `zone`, or in UTC if the zone is unknown.
    pub fn of(zone: &str) -> Self {
        Self(TimeZone::get(zone).unwrap_or(TimeZone::UTC))
    }

    /// The date at `now`.
    pub fn day(&self, now: Timestamp) -> Date {
        self.0.to_datetime(now).date()
    }

    /// The first moment after `now` that belongs to a later day. Usually this is midnight. If clocks are set
    /// forward at midnight, the day begins at the moment of that change.
    pub fn next_midnight(&self, now: Timestamp) -> Timestamp {
        let Ok(tomorrow) = self.day(now).tomorrow() else {
            return Timestamp::MAX;
        };
        let midnight = self.0.to_ambiguous_timestamp(tomorrow.at(0, 0, 0, 0));
        let next = match midnight.compatible() {
            // If clocks are set back to before midnight, midnight comes a second time.
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

    /// Each row has a time zone, a moment, the day that the moment belongs to, and when the next day begins.
    const DAYS: &[(&str, &str, &str, &str)] = &[
        ("UTC", "2026-06-01T00:00:00Z", "2026-06-01", "2026-06-02T00:00:00Z"),
        ("UTC", "2026-06-01T23:59:59.999Z", "2026-06-01", "2026-06-02T00:00:00Z"),
        ("Asia/Kolkata", "2026-06-01T18:29:59Z", "2026-06-01", "2026-06-01T18:30:00Z"),
        ("Asia/Kolkata", "2026-06-01T18:30:00Z", "2026-06-02", "2026-06-02T18:30:00Z"),
        ("Pacific/Kiritimati", "2026-06-01T10:00:00Z", "2026-06-02", "2026-06-02T10:00:00Z"),
        // Days of 23 hours and of 25 hours.
        ("America/New_York", "2026-03-08T05:00:00Z", "2026-03-08", "2026-03-09T04:00:00Z"),
        ("America/New_York", "2026-11-01T04:00:00Z", "2026-11-01", "2026-11-02T05:00:00Z"),
        ("Europe/Berlin", "2026-03-28T23:00:00Z", "2026-03-29", "2026-03-29T22:00:00Z"),
        ("Europe/Berlin", "2026-10-24T22:00:00Z", "2026-10-25", "2026-10-25T23:00:00Z"),
        ("Australia/Lord_Howe", "2026-04-04T13:00:00Z", "2026-04-05", "2026-04-05T13:30:00Z"),
        // Clocks go from 00:00 to 01:00: the day begins at 01:00.
        ("America/Sao_Paulo", "2018-11-04T02:59:59Z", "2018-11-03", "2018-11-04T03:00:00Z"),
        ("America/Sao_Paulo", "2018-11-04T03:00:00Z", "2018-11-04", "2018-11-05T02:00:00Z"),
        ("Africa/Cairo", "2024-04-25T12:00:00Z", "2024-04-25", "2024-04-25T22:00:00Z"),
        ("Africa/Cairo", "2024-04-25T22:00:00Z", "2024-04-26", "2024-04-26T21:00:00Z"),
        ("Asia/Beirut", "2024-03-30T21:59:59Z", "2024-03-30", "2024-03-30T22:00:00Z"),
        ("Asia/Beirut", "2024-03-30T22:00:00Z", "2024-03-31", "2024-03-31T21:00:00Z"),
        // Clocks go from 24:00 back to 23:00: the day's last hour repeats, and the day ends once.
        ("America/Sao_Paulo", "2018-02-18T01:30:00Z", "2018-02-17", "2018-02-18T03:00:00Z"),
        ("America/Sao_Paulo", "2018-02-18T02:30:00Z", "2018-02-17", "2018-02-18T03:00:00Z"),
        ("Africa/Cairo", "2024-10-31T20:30:00Z", "2024-10-31", "2024-10-31T22:00:00Z"),
        ("Africa/Cairo", "2024-10-31T21:30:00Z", "2024-10-31", "2024-10-31T22:00:00Z"),
        // Clocks go from 01:00 back to 00:00: midnight comes twice, but the day begins once.
        ("America/Havana", "2024-11-03T03:59:59Z", "2024-11-02", "2024-11-03T04:00:00Z"),
        ("America/Havana", "2024-11-03T04:30:00Z", "2024-11-03", "2024-11-04T05:00:00Z"),
        ("America/Havana", "2024-11-03T05:00:00Z", "2024-11-03", "2024-11-04T05:00:00Z"),
        // Clocks go from 00:01 back to 23:01: after one minute of the next day, the previous day continues.
        ("America/St_Johns", "2010-11-07T02:29:59Z", "2010-11-06", "2010-11-07T02:30:00Z"),
        ("America/St_Johns", "2010-11-07T02:30:30Z", "2010-11-07", "2010-11-08T03:30:00Z"),
        ("America/St_Johns", "2010-11-07T02:31:00Z", "2010-11-06", "2010-11-07T03:30:00Z"),
        // Samoa had no 30 December in this year.
        ("Pacific/Apia", "2011-12-30T09:59:59Z", "2011-12-29", "2011-12-30T10:00:00Z"),
        ("Pacific/Apia", "2011-12-30T10:00:00Z", "2011-12-31", "2011-12-31T10:00:00Z"),
        // These zones do not exist. Their days are those of UTC.
        ("Mars/Olympus_Mons", "2026-06-01T12:00:00Z", "2026-06-01", "2026-06-02T00:00:00Z"),
        ("", "2026-06-01T12:00:00Z", "2026-06-01", "2026-06-02T00:00:00Z"),
        ("../../etc/passwd", "2026-06-01T12:00:00Z", "2026-06-01", "2026-06-02T00:00:00Z"),
    ];

    #[test]
    fn days_end_at_midnight_of_the_time_zone() {
        for (zone, now, day, next) in DAYS {
            let calendar = Calendar::of(zone);
            assert_eq!(calendar.day(at(now)).to_string(), *day, "{zone} at {now}");
            assert_eq!(calendar.next_midnight(at(now)), at(next), "{zone} at {now}");
        }
    }

    /// Checks a moment every seven minutes, for two days before and after each moment of the table.
    #[test]
    fn the_next_midnight_is_the_first_moment_of_a_later_day() {
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
    fn days_at_the_last_possible_time_do_not_panic() {
        assert_eq!(Calendar::of("UTC").next_midnight(Timestamp::MAX), Timestamp::MAX);
        assert_eq!(Calendar::of("Pacific/Kiritimati").next_midnight(Timestamp::MAX), Timestamp::MAX);
    }
}
