//! Backups are made while the server runs, verified by restoring them, and removed when there are too many. This
//! module knows the dumps of the storage, and the folders and S3 stores for backups. It knows nothing about accounts.

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
