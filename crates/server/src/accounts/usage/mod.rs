//! Counts the messages that accounts send and receive. There is one row for each account and day. A day is a day
//! of the account's workspace. This module knows nothing about connections.

mod calendar;
mod counters;
mod zones;

pub use calendar::Calendar;
pub(super) use counters::Counters;
pub(super) use zones::{Zone, Zones};
