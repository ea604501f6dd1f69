//! Backups as users make them: by command and by schedule, into folders and into an S3-compatible store.

mod cut;
mod lost;
mod place;
mod schedule;
