//! What accounts send and receive: a row for each account and day, where days are those of the workspace. Knows nothing of
//! connections.

mod calendar;
mod counters;
mod zones;

pub use calendar::Calendar;
pub(super) use counters::Counters;
pub(super) use zones::{Zone, Zones};
