//! Analytics figures: a counter that reads the event log, the reports for callers, and the removal of old figures.
//! The model defines what is counted and how figures are added up.

mod counter;
mod report;
mod retention;

pub use counter::Counter;
pub use report::{Report, counted};
pub use retention::{prune, remove_old};
