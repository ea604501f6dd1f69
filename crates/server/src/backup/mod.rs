//! Backups: made while everything runs, verified by restoring them, and kept for a while. This module knows storage's
//! dumps and the places for backups, and nothing about accounts.

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
