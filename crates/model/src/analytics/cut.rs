//! Splits a period into buckets: hours, days or weeks of a workspace's time zone. A day has 23 or 25 hours when
//! clocks change.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan as _};

use super::day::Quarter;

/// The length of a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// From one full hour to the next.
    Hour,
    /// From midnight to midnight.
    Day,
    /// From Monday to Monday.
    Week,
}

/// One hour, day or week, given as quarter hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bucket {
    /// The bucket's first quarter hour.
    pub from: Quarter,
    /// The first quarter hour after the bucket.
    pub to: Quarter,
}

/// The period has more buckets than allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooMany;

/// The text is not `hour`, `day` or `week`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be hour, day or week")]
pub struct UnknownStep;

impl Step {
    /// Every step.
    pub const ALL: [Self; 3] = [Self::Hour, Self::Day, Self::Week];

    /// The step's text in the API.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
        }
    }
}

impl FromStr for Step {
    type Err = UnknownStep;

    fn from_str(text: &str) -> Result<Self, UnknownStep> {
        Self::ALL.into_iter().find(|known| known.code() == text).ok_or(UnknownStep)
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// All buckets that overlap the period from `from` to `to`. The first and the last bucket are whole, even if the period
/// begins or ends inside them. Fails if there are more than `most` buckets.
pub fn cut(
    from: Timestamp,
    to: Timestamp,
    step: Step,
    zone: &TimeZone,
    most: usize,
) -> Result<Vec<Bucket>, TooMany> {
    let mut buckets: Vec<Bucket> = Vec::new();
    let mut begin = begin_of(from, step, zone);
    while begin < to {
        let end = next(begin, step, zone);
        let bucket = Bucket { from: Quarter::of(begin), to: Quarter::of(end) };
        // A time zone may skip a whole day. Such a day gets no bucket.
        if bucket.from < bucket.to {
            if buckets.len() == most {
                return Err(TooMany);
            }
            buckets.push(bucket);
        }
        if end <= begin {
            // `next` found no later bucket, because the latest possible time is reached.
            break;
        }
        begin = end;
    }
    Ok(buckets)
}

/// The beginning of the bucket that contains `time`.
fn begin_of(time: Timestamp, step: Step, zone: &TimeZone) -> Timestamp {
    let day = zone.to_datetime(time).date();
    match step {
        Step::Hour => {
            let mut quarter = Quarter::of(time).begin();
            for _ in 0..3 {
                if !is_full_hour(quarter, zone) {
                    quarter = quarter.checked_sub(A_QUARTER).unwrap_or(quarter);
                }
            }
            quarter
        }
        Step::Day => midnight(day, zone),
        Step::Week => {
            let behind = i64::from(day.weekday().to_monday_zero_offset());
            midnight(day.checked_sub(behind.days()).unwrap_or(day), zone)
        }
    }
}

/// The beginning of the next bucket. `begin` is the beginning of the bucket before it.
fn next(begin: Timestamp, step: Step, zone: &TimeZone) -> Timestamp {
    let day = zone.to_datetime(begin).date();
    match step {
        Step::Hour => {
            let mut quarter = begin;
            for _ in 0..4 {
                quarter = quarter.checked_add(A_QUARTER).unwrap_or(Timestamp::MAX);
                if is_full_hour(quarter, zone) {
                    break;
                }
            }
            quarter
        }
        Step::Day => midnight_after(day, 1, begin, zone),
        Step::Week => midnight_after(day, 7, begin, zone),
    }
}

const A_QUARTER: SignedDuration = SignedDuration::from_mins(15);

/// Whether this quarter hour is the first of an hour on the local clock. If the zone's offset is not a multiple of
/// 15 minutes, this is the first quarter hour that begins after the full hour.
fn is_full_hour(quarter: Timestamp, zone: &TimeZone) -> bool {
    zone.to_datetime(quarter).minute() < 15
}

/// The first moment of a day.
fn midnight(day: Date, zone: &TimeZone) -> Timestamp {
    zone.to_ambiguous_timestamp(day.at(0, 0, 0, 0)).compatible().unwrap_or(Timestamp::MAX)
}

/// The first moment of the day that comes `days` days after `day`. If the time zone skipped that day, the first
/// moment of the next day.
fn midnight_after(day: Date, days: i64, begin: Timestamp, zone: &TimeZone) -> Timestamp {
    let later = |days: i64| day.checked_add(days.days()).map_or(Timestamp::MAX, |day| midnight(day, zone));
    let next = later(days);
    if next > begin { next } else { later(days + 1) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn borders(zone: &str, from: &str, to: &str, step: Step) -> Vec<String> {
        let zone = TimeZone::get(zone).unwrap();
        let buckets = cut(at(from), at(to), step, &zone, 1_000).unwrap();
        for pair in buckets.windows(2) {
            assert_eq!(pair[0].to, pair[1].from, "nothing is left out");
        }
        let last = buckets.last().map(|bucket| bucket.to);
        buckets
            .iter()
            .map(|bucket| bucket.from)
            .chain(last)
            .map(|quarter| quarter.begin().to_string())
            .collect()
    }

    #[test]
    fn days_begin_at_midnight_of_the_time_zone() {
        let of = |zone, from, to| borders(zone, from, to, Step::Day);
        assert_eq!(
            of("Asia/Kolkata", "2026-06-01T00:00:00Z", "2026-06-02T00:00:00Z"),
            ["2026-05-31T18:30:00Z", "2026-06-01T18:30:00Z", "2026-06-02T18:30:00Z"]
        );
        assert_eq!(
            of("Asia/Kathmandu", "2026-06-01T12:00:00Z", "2026-06-01T12:00:01Z"),
            ["2026-05-31T18:15:00Z", "2026-06-01T18:15:00Z"]
        );
        // The clocks change, so one day has 23 hours, and one has 25.
        assert_eq!(
            of("America/New_York", "2026-03-08T12:00:00Z", "2026-03-08T13:00:00Z"),
            ["2026-03-08T05:00:00Z", "2026-03-09T04:00:00Z"]
        );
        assert_eq!(
            of("Europe/Berlin", "2026-10-25T12:00:00Z", "2026-10-25T13:00:00Z"),
            ["2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"]
        );
        // This time zone skipped 30 December.
        assert_eq!(
            of("Pacific/Apia", "2011-12-29T12:00:00Z", "2011-12-31T00:00:00Z"),
            ["2011-12-29T10:00:00Z", "2011-12-30T10:00:00Z", "2011-12-31T10:00:00Z"]
        );
    }

    #[test]
    fn hours_begin_where_the_local_clock_shows_a_full_hour() {
        let of = |zone, from, to| borders(zone, from, to, Step::Hour);
        assert_eq!(
            of("Asia/Kolkata", "2026-06-01T00:00:00Z", "2026-06-01T01:00:00Z"),
            ["2026-05-31T23:30:00Z", "2026-06-01T00:30:00Z", "2026-06-01T01:30:00Z"]
        );
        assert_eq!(
            of("Asia/Kathmandu", "2026-06-01T00:14:59Z", "2026-06-01T00:15:01Z"),
            ["2026-05-31T23:15:00Z", "2026-06-01T00:15:00Z", "2026-06-01T01:15:00Z"]
        );
        // Clocks are set back by half an hour, so a bucket of half an hour follows a bucket of one hour.
        assert_eq!(
            of("Australia/Lord_Howe", "2026-04-04T14:00:00Z", "2026-04-04T16:00:00Z"),
            ["2026-04-04T14:00:00Z", "2026-04-04T15:00:00Z", "2026-04-04T15:30:00Z", "2026-04-04T16:30:00Z"]
        );
    }

    #[test]
    fn weeks_begin_on_monday() {
        // The first of June 2026 is a Monday.
        assert_eq!(
            borders("UTC", "2026-06-07T23:00:00Z", "2026-06-08T01:00:00Z", Step::Week),
            ["2026-06-01T00:00:00Z", "2026-06-08T00:00:00Z", "2026-06-15T00:00:00Z"]
        );
        assert_eq!(
            borders("Asia/Kolkata", "2026-05-31T18:29:59Z", "2026-05-31T18:30:01Z", Step::Week),
            ["2026-05-24T18:30:00Z", "2026-05-31T18:30:00Z", "2026-06-07T18:30:00Z"]
        );
    }

    #[test]
    fn too_many_buckets_are_refused_and_the_maximum_timestamp_causes_no_panic() {
        let count = |to: &str, step| {
            cut(at("2026-01-01T00:00:00Z"), at(to), step, &TimeZone::UTC, 24).map(|b| b.len())
        };
        assert_eq!(count("2026-01-02T00:00:00Z", Step::Hour), Ok(24));
        assert_eq!(count("2026-01-02T00:00:01Z", Step::Hour), Err(TooMany));
        assert_eq!(count("2025-01-02T00:00:01Z", Step::Hour), Ok(0));
        for step in Step::ALL {
            let zone = TimeZone::get("Pacific/Kiritimati").unwrap();
            assert!(cut(Timestamp::MAX, Timestamp::MAX, step, &zone, 24).is_ok());
            assert_eq!(cut(at("0001-01-01T00:00:00Z"), Timestamp::MAX, step, &zone, 24), Err(TooMany));
        }
    }
}
