//! What happened, as numbers: figures for each account by quarter hour, and how they are added up. The offset of
//! every time zone in use is a multiple of 15 minutes, so quarter hours give exact days and hours in each zone. There
//! are only numbers: nothing here names a person or repeats a message.

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

/// How long figures are kept: two years, and the day on which they end.
pub const KEPT: SignedDuration = SignedDuration::from_hours(24 * 731);

/// After this time, a mark is no longer used: a message that is read later counts as read, but its time is not
/// measured.
pub const MEASURED: SignedDuration = SignedDuration::from_hours(24 * 7);
