//! Which week a report is about, and when it is written. Pure: time is a parameter.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

/// The hour at which reports are sent, because people read mail in the morning.
const HOUR: i8 = 7;

/// A week lasts from one Monday to the next, in the time zone of a workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Week {
    /// The week's Monday.
    pub first_day: Date,
    /// The week's Sunday.
    pub last_day: Date,
    pub from: Timestamp,
    pub to: Timestamp,
}

impl Week {
    /// The week of a report that is written at `now`: the last week that has ended, from seven o'clock of the Monday
    /// after it.
    pub(super) fn before(now: Timestamp, zone: &TimeZone) -> Option<Self> {
        let local = zone.to_datetime(now);
        let morning = local.checked_sub(i64::from(HOUR).hours()).ok()?.date();
        let monday = morning.checked_sub(i64::from(morning.weekday().to_monday_zero_offset()).days()).ok()?;
        let first_day = monday.checked_sub(7.days()).ok()?;
        let last_day = monday.checked_sub(1.day()).ok()?;
        let begin = |day: Date| day.to_zoned(zone.clone()).map(|midnight| midnight.timestamp());
        Some(Self { first_day, last_day, from: begin(first_day).ok()?, to: begin(monday).ok()? })
    }

    /// Whether the end of this week is news for a member whose last report covered everything up to `until`.
    pub(super) fn is_news_since(&self, until: Timestamp) -> bool {
        until < self.to
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn before(now: &str) -> Week {
        let zone = TimeZone::get("Europe/Madrid").unwrap();
        Week::before(now.parse().unwrap(), &zone).unwrap()
    }

    #[test]
    fn a_report_covers_the_week_that_ended_and_waits_for_the_morning() {
        // Monday, 1 June 2026, in Madrid: two hours ahead of UTC.
        let last = before("2026-06-01T05:00:00Z");
        assert_eq!(
            (last.first_day.to_string(), last.last_day.to_string()),
            ("2026-05-25".into(), "2026-05-31".into())
        );
        assert_eq!(
            (last.from.to_string(), last.to.to_string()),
            ("2026-05-24T22:00:00Z".into(), "2026-05-31T22:00:00Z".into())
        );
        assert_eq!(before("2026-06-01T04:59:59Z").first_day.to_string(), "2026-05-18");
        assert_eq!(before("2026-06-08T04:59:59Z"), last);
    }

    #[test]
    fn a_week_is_reported_only_to_members_who_subscribed_before_its_end() {
        let week = before("2026-06-03T12:00:00Z");
        // Reports were turned on last Sunday, and this Tuesday.
        assert!(week.is_news_since("2026-05-31T12:00:00Z".parse().unwrap()));
        assert!(!week.is_news_since("2026-06-02T12:00:00Z".parse().unwrap()));
    }

    #[test]
    fn a_week_with_a_daylight_saving_change_has_its_real_length() {
        let week = before("2026-03-30T12:00:00Z");
        assert_eq!(week.to.duration_since(week.from).as_hours(), 7 * 24 - 1);
    }
}
