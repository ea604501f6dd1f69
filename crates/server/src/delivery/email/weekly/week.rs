//! Decides which week a report is about, and when it is written. The functions are pure: time is a parameter.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

/// The hour at which reports are sent. People read email in the morning.
const HOUR: i8 = 7;

/// A week from Monday to Sunday, in the time zone of a workspace.
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
    /// The week that a report written at `now` is about: the last week that has ended. On Mondays, the previous week
    /// counts as ended only from 7:00 on.
    pub(super) fn before(now: Timestamp, zone: &TimeZone) -> Option<Self> {
        let local = zone.to_datetime(now);
        let morning = local.checked_sub(i64::from(HOUR).hours()).ok()?.date();
        let monday = morning.checked_sub(i64::from(morning.weekday().to_monday_zero_offset()).days()).ok()?;
        let first_day = monday.checked_sub(7.days()).ok()?;
        let last_day = monday.checked_sub(1.day()).ok()?;
        let begin = |day: Date| day.to_zoned(zone.clone()).map(|midnight| midnight.timestamp());
        Some(Self { first_day, last_day, from: begin(first_day).ok()?, to: begin(monday).ok()? })
    }

    /// Whether this week is news for a member. It is news if the week ends later than `until`, the end of the time
    /// that the last report covered.
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
    fn a_weekly_report_covers_the_previous_week_and_is_due_on_monday_morning() {
        // On Monday, 1 June 2026, Madrid is two hours ahead of UTC.
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
        // A member who subscribed on Sunday, before the week ended, gets the report. A member who subscribed on the
        // Tuesday after it does not.
        assert!(week.is_news_since("2026-05-31T12:00:00Z".parse().unwrap()));
        assert!(!week.is_news_since("2026-06-02T12:00:00Z".parse().unwrap()));
    }

    #[test]
    fn a_week_with_a_daylight_saving_change_has_its_real_length() {
        let week = before("2026-03-30T12:00:00Z");
        assert_eq!(week.to.duration_since(week.from).as_hours(), 7 * 24 - 1);
    }
}
