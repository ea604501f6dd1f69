//! What happened, as numbers: the figures of each account by quarter hour, and how they are added up. In every
//! time zone in use, the offset is a multiple of 15 minutes, so quarter hours add up to exact hours and days.
//! There are only numbers: nothing here names a person or contains a message.

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

/// How long figures are kept: two years and one day.
pub const KEPT: SignedDuration = SignedDuration::from_hours(24 * 731);

/// The longest duration that is measured. For example, a message that is read after more than a week counts as
/// read, but the time until then is not measured.
pub const MEASURED: SignedDuration = SignedDuration::from_hours(24 * 7);
