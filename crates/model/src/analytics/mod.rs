//! What happened, as numbers: figures for each account by the quarter hour, and how they are added up. Quarter hours, because
//! every zone in use is a multiple of 15 minutes away from UTC: days and hours of each zone are cut exactly. Numbers only:
//! nothing here names a person or repeats what was written.

mod count;
mod cut;
mod day;
mod figure;
mod histogram;
mod marks;
mod outages;
#[cfg(test)]
mod tests;
mod totals;

pub use count::{Counted, count, needed};
pub use cut::{Bucket, Step, TooMany, UnknownStep, cut};
pub use day::{Day, DayNumber, InvalidDay, Quarter, Run, Runs};
pub use figure::{Figure, Outcome, Standing, UnknownFigure};
pub use histogram::{Slot, Spread};
pub use marks::{About, Mark, MarkKey, Marks};
pub use outages::Outages;
pub use totals::Totals;

use jiff::SignedDuration;

/// For how long figures are kept: two years, and the day on which they end.
pub const KEPT: SignedDuration = SignedDuration::from_hours(24 * 731);

/// After so long nothing is measured from a mark any more: a message that is read later counts as read, without a time.
pub const MEASURED: SignedDuration = SignedDuration::from_hours(24 * 7);
