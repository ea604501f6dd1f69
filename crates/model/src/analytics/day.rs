//! The figures of one account for one UTC day, by quarter hour. Consecutive quarter hours with the same number
//! are stored together (as a run), so that a day in which nothing changes takes a few bytes.

use std::collections::{BTreeMap, HashMap};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::figure::{Figure, UnknownFigure};

const MILLIS_OF_A_QUARTER: i64 = 15 * 60 * 1_000;
const QUARTERS_OF_A_DAY: i64 = 96;

/// A UTC day, counted from 1 January 1970.
pub type DayNumber = i64;

/// A quarter hour, counted from the beginning of 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quarter(i64);

impl Quarter {
    /// The quarter hour that contains `time`.
    pub fn of(time: Timestamp) -> Self {
        Self(time.as_millisecond().div_euclid(MILLIS_OF_A_QUARTER))
    }

    /// The quarter hour's first moment.
    pub fn begin(self) -> Timestamp {
        let end_of_time = if self.0 < 0 { Timestamp::MIN } else { Timestamp::MAX };
        Timestamp::from_millisecond(self.0.saturating_mul(MILLIS_OF_A_QUARTER)).unwrap_or(end_of_time)
    }

    /// The next quarter hour.
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }

    /// The day that the quarter hour belongs to.
    pub const fn day(self) -> DayNumber {
        self.0.div_euclid(QUARTERS_OF_A_DAY)
    }

    /// The first quarter hour of a day.
    pub const fn first_of(day: DayNumber) -> Self {
        Self(day * QUARTERS_OF_A_DAY)
    }

    const fn in_day(self) -> u8 {
        self.0.rem_euclid(QUARTERS_OF_A_DAY) as u8
    }

    /// The number of quarter hours from this one up to, but not including, `other`; zero if `other` is earlier.
    pub fn up_to(self, other: Self) -> u64 {
        u64::try_from(other.0 - self.0).unwrap_or(0)
    }

    /// Splits a period at the borders of quarter hours. The result is empty if the period ends before it begins.
    pub fn split(since: Timestamp, until: Timestamp) -> impl Iterator<Item = (Self, SignedDuration)> {
        let mut begin = since;
        std::iter::from_fn(move || {
            let quarter = Self::of(begin);
            let end = quarter.next().begin().min(until);
            let piece = (begin < end).then(|| (quarter, end.duration_since(begin)));
            begin = end;
            piece
        })
    }
}

/// The figures of one account for one UTC day: for each figure, a number for each quarter hour.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "Runs", try_from = "Runs")]
pub struct Day(HashMap<Figure, BTreeMap<u8, u64>>);

/// A day as it is stored. For the code of each figure, there is a list of runs. In a run, the figure has the same
/// value in consecutive quarter hours. A run is stored as its first quarter hour, the number of its quarter hours,
/// and the value in each of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Runs(BTreeMap<String, Vec<(u8, u8, u64)>>);

/// A run: a figure has the same value in several consecutive quarter hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    /// The figure.
    pub figure: Figure,
    /// The first quarter hour of the run.
    pub from: Quarter,
    /// The first quarter hour after the run.
    pub to: Quarter,
    /// The figure's value in each quarter hour of the run.
    pub number: u64,
}

/// The stored text is not a valid day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidDay {
    /// The stored day names an unknown figure.
    #[error(transparent)]
    Figure(#[from] UnknownFigure),
    /// The stored day names a quarter hour outside the day.
    #[error("names a quarter hour that no day has")]
    Quarter,
}

impl Day {
    /// Adds a number to a figure in a quarter hour.
    pub fn add(&mut self, quarter: Quarter, figure: Figure, number: u64) {
        if number > 0 {
            *self.0.entry(figure).or_default().entry(quarter.in_day()).or_default() += number;
        }
    }

    /// Adds all figures of `other`.
    pub fn merge(&mut self, other: &Self) {
        for (figure, numbers) in &other.0 {
            let ours = self.0.entry(*figure).or_default();
            for (quarter, number) in numbers {
                *ours.entry(*quarter).or_default() += number;
            }
        }
    }
}

impl Runs {
    /// The runs of all figures, in the day with the number `day`. Fails if a figure is unknown or a quarter hour is
    /// outside the day.
    pub fn of_day(&self, day: DayNumber) -> Result<Vec<Run>, InvalidDay> {
        let begin = Quarter::first_of(day);
        let mut all = Vec::new();
        for (code, runs) in &self.0 {
            let figure = code.parse()?;
            for (first, length, number) in runs {
                let end = end_of(*first, *length)?;
                let [from, to] = [*first, end].map(|place| Quarter(begin.0 + i64::from(place)));
                all.push(Run { figure, from, to, number: *number });
            }
        }
        Ok(all)
    }
}

fn end_of(first: u8, length: u8) -> Result<u8, InvalidDay> {
    first.checked_add(length).filter(|end| i64::from(*end) <= QUARTERS_OF_A_DAY).ok_or(InvalidDay::Quarter)
}

impl From<Day> for Runs {
    fn from(day: Day) -> Self {
        let runs = |numbers: BTreeMap<u8, u64>| {
            let mut runs: Vec<(u8, u8, u64)> = Vec::new();
            for (place, number) in numbers {
                match runs.last_mut() {
                    Some((first, length, same)) if *same == number && *first + *length == place => {
                        *length += 1
                    }
                    _ => runs.push((place, 1, number)),
                }
            }
            runs
        };
        Self(day.0.into_iter().map(|(figure, numbers)| (figure.to_string(), runs(numbers))).collect())
    }
}

impl TryFrom<Runs> for Day {
    type Error = InvalidDay;

    fn try_from(stored: Runs) -> Result<Self, InvalidDay> {
        let mut day = Self::default();
        for (code, runs) in stored.0 {
            let numbers = day.0.entry(code.parse()?).or_default();
            for (first, length, number) in runs {
                numbers.extend((first..end_of(first, length)?).map(|place| (place, number)));
            }
        }
        Ok(day)
    }
}

#[cfg(test)]
mod tests {
    use super::super::figure::Standing;
    use super::*;
    use crate::status::ConnectionStatus;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    const CONNECTED: Figure = Figure::Time(Standing::In(ConnectionStatus::Connected));

    fn a_whole_day() -> (DayNumber, Day) {
        let mut day = Day::default();
        for (quarter, lasted) in Quarter::split(at("2026-06-01T00:00:00Z"), at("2026-06-02T00:00:00Z")) {
            day.add(quarter, CONNECTED, lasted.as_millis() as u64);
        }
        (Quarter::of(at("2026-06-01T12:00:00Z")).day(), day)
    }

    #[test]
    fn consecutive_equal_values_are_stored_as_one_run_and_read_back_unchanged() {
        let (_, mut day) = a_whole_day();
        assert_eq!(serde_json::to_string(&day).unwrap(), r#"{"time.connected":[[0,96,900000]]}"#);
        day.add(Quarter::of(at("2026-06-01T00:20:00Z")), Figure::Linked, 2);
        day.add(Quarter::of(at("2026-06-01T23:59:00Z")), Figure::Linked, 2);
        day.add(Quarter::of(at("2026-06-01T23:59:00Z")), Figure::WebhookDead, 0);
        let stored = serde_json::to_string(&day).unwrap();
        assert_eq!(stored, r#"{"linked":[[1,1,2],[95,1,2]],"time.connected":[[0,96,900000]]}"#);
        assert_eq!(serde_json::from_str::<Day>(&stored).unwrap(), day);
    }

    #[test]
    fn an_invalid_day_is_refused() {
        for stored in [r#"{"linked":[[90,7,1]]}"#, r#"{"linked":[[255,1,1]]}"#, r#"{"rain":[[0,1,1]]}"#] {
            assert!(serde_json::from_str::<Day>(stored).is_err(), "{stored}");
        }
    }

    #[test]
    fn a_period_is_split_at_quarter_hours_without_losing_time() {
        let (since, until) = (at("2026-06-01T11:59:59.5Z"), at("2026-06-01T12:30:00.25Z"));
        let pieces: Vec<_> = Quarter::split(since, until).map(|(_, lasted)| lasted.as_millis()).collect();
        assert_eq!(pieces, [500, 900_000, 900_000, 250]);
        assert_eq!(Quarter::split(until, since).count() + Quarter::split(since, since).count(), 0);
    }

    #[test]
    fn the_figures_of_several_days_are_added_up() {
        let (number, mut day) = a_whole_day();
        let (_, other) = a_whole_day();
        day.merge(&other);
        day.add(Quarter::first_of(number), Figure::Linked, 3);
        let mut runs = Runs::from(day).of_day(number).unwrap();
        runs.sort_by_key(|run| run.number);
        let (from, to) = (Quarter::first_of(number), Quarter::first_of(number + 1));
        assert_eq!(runs[0], Run { figure: Figure::Linked, from, to: from.next(), number: 3 });
        assert_eq!(runs[1], Run { figure: CONNECTED, from, to, number: 2 * 900_000 });
    }
}
