//! Durations, counted in slots of a fixed logarithmic scale, so that the counts of different hours and accounts
//! can be added up. Each doubling of the duration has eight slots, so a percentile is at most 4.5 % off.

use std::fmt;

use super::figure::UnknownFigure;

/// The number of slots for each doubling of the duration.
const PER_DOUBLING: f64 = 8.0;
/// The number of the last slot. It also counts all longer durations, above 34 years.
const LAST: u16 = 319;

/// Slot `n` counts durations from `2^(n/8)` milliseconds up to the beginning of the next slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot(u16);

impl Slot {
    /// The slot of a duration in milliseconds. A duration of 0 counts as 1 millisecond.
    pub fn of_millis(millis: u64) -> Self {
        let place = ((millis.max(1) as f64).log2() * PER_DOUBLING).floor();
        Self((place as u16).min(LAST))
    }

    /// The duration that stands for all durations of the slot: the geometric middle, in milliseconds.
    pub fn millis(self) -> u64 {
        ((f64::from(self.0) + 0.5) / PER_DOUBLING).exp2().round() as u64
    }
}

impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::str::FromStr for Slot {
    type Err = UnknownFigure;

    fn from_str(text: &str) -> Result<Self, UnknownFigure> {
        text.parse().ok().filter(|place| *place <= LAST).map(Self).ok_or(UnknownFigure)
    }
}

/// Durations, counted by slot.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Spread(std::collections::BTreeMap<Slot, u64>);

impl Spread {
    /// Adds `count` durations in this slot.
    pub fn add(&mut self, slot: Slot, count: u64) {
        *self.0.entry(slot).or_default() += count;
    }

    /// The number of durations.
    pub fn count(&self) -> u64 {
        self.0.values().sum()
    }

    /// The percentile `percent` in milliseconds. It is the middle of the first slot for which at least `percent` %
    /// of the durations are in this slot or in earlier slots. `None` if there are no durations.
    pub fn percentile(&self, percent: u64) -> Option<u64> {
        let rank = (self.count() * percent).div_ceil(100).max(1);
        let mut seen = 0;
        let found = self.0.iter().find(|(_, count)| {
            seen += **count;
            seen >= rank
        });
        found.map(|(slot, _)| slot.millis())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_duration_of_a_second_or_more_is_rounded_by_at_most_5_percent(millis in 20_u64..10_000_000_000) {
            let shown = Slot::of_millis(millis).millis() as f64;
            let off = (shown / millis as f64 - 1.0).abs();
            prop_assert!(off < 0.07, "{millis} is shown as {shown}");
            // Below a second, the error may be larger, because the result is rounded to whole milliseconds.
            prop_assert!(millis < 1_000 || off <= 0.0455, "{millis} is shown as {shown}");
        }

        #[test]
        fn percentiles_are_at_most_5_percent_off(mut values in prop::collection::vec(1_000_u64..600_000, 1..200)) {
            let mut spread = Spread::default();
            for value in &values {
                spread.add(Slot::of_millis(*value), 1);
            }
            values.sort_unstable();
            for percent in [50_u64, 95] {
                let rank = (values.len() as u64 * percent).div_ceil(100) as usize;
                let (exact, shown) = (values[rank - 1] as f64, spread.percentile(percent).unwrap() as f64);
                prop_assert!((shown / exact - 1.0).abs() <= 0.0455, "{percent}: {shown}, not {exact}");
            }
        }
    }

    #[test]
    fn extreme_durations_do_not_panic() {
        assert_eq!(Slot::of_millis(0).millis(), 1);
        assert_eq!(Slot::of_millis(u64::MAX), Slot(LAST));
        assert_eq!(Spread::default().percentile(95), None);
        assert!("320".parse::<Slot>().is_err() && "-1".parse::<Slot>().is_err());
        assert_eq!("319".parse::<Slot>(), Ok(Slot(LAST)));
    }
}
