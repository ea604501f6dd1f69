//! Backups as users make them: by the command line and by the clock, in folders and in an S3-compatible store.

mod cut;
mod lost;
mod place;
mod schedule;
