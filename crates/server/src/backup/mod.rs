//! Backups: made while everything runs, proven by restoring them, kept for a while. It knows storage's dumps and the
//! places that they go to, and nothing of accounts.

mod destination;
mod drill;
mod error;
mod folder;
mod job;
mod name;
mod report;
mod retention;
mod schedule;
mod work;

pub use destination::{Destination, Listed};
pub use drill::drill;
pub use error::BackupError;
pub use job::{Job, Taken};
pub use name::Name;
pub use report::{Failure, Report, Reports, Success};
pub use schedule::run;
pub use work::Work;
