//! Figures: a reader of the log that counts, the reports for callers, and the retention. The model defines what is
//! counted and how it is added up.

mod counter;
mod report;
mod retention;

pub use counter::Counter;
pub use report::{Report, counted};
pub use retention::{prune, remove_old};
