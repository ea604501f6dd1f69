//! What happened, as numbers: a reader of the log that counts, what callers are told of it, and its retention. What is
//! counted and how it is added up is the model's.

mod counter;
mod report;
mod retention;

pub use counter::Counter;
pub use report::{Report, counted};
pub use retention::{prune, remove_old};
