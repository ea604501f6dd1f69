//! What accounts send and receive: one row for each account and day. Days are those of the workspace. Knows nothing
//! about connections.

mod calendar;
mod counters;
mod zones;

pub use calendar::Calendar;
pub(super) use counters::Counters;
pub(super) use zones::{Zone, Zones};
