//! What can go wrong with backups.

use std::path::PathBuf;

use linekeeper_storage::{DumpError, RestoreError, StorageError};

use super::Name;
use crate::s3::CannotOpen;

/// A backup could not be made, found, read or proven.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BackupError {
    /// One at a time.
    #[error("another backup or restore is under way in {}", .0.display())]
    UnderWay(PathBuf),
    /// A file or folder of this machine.
    #[error("cannot use {}", path.display())]
    Path {
        /// Which one.
        path: PathBuf,
        /// Why not.
        #[source]
        cause: std::io::Error,
    },
    /// The store cannot be used as it is configured.
    #[error(transparent)]
    Store(#[from] CannotOpen),
    /// The place where backups go does not do as asked.
    #[error("{place} failed")]
    Place {
        /// Which one.
        place: String,
        /// What it said.
        #[source]
        cause: object_store::Error,
    },
    /// There is no such backup.
    #[error("there is no backup {name} in {place}")]
    Missing {
        /// Which one.
        name: String,
        /// Where it was looked for.
        place: String,
    },
    /// The dump could not be made.
    #[error("the backup could not be made")]
    Dump(#[from] DumpError),
    /// The backup was written, but does not restore.
    #[error("the backup {name} was written, but does not restore")]
    Drill {
        /// Which one.
        name: Name,
        /// Why not.
        #[source]
        cause: RestoreError,
    },
    /// What was read back is not what was written.
    #[error("the backup {0} was written, but another one was read back")]
    OtherContent(Name),
    /// The database.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl BackupError {
    /// With its causes, in one line.
    pub fn in_full(&self) -> String {
        let mut text = self.to_string();
        let mut source = std::error::Error::source(self);
        while let Some(cause) = source {
            let said = cause.to_string();
            // Some causes repeat their own.
            if !text.contains(&said) {
                text.push_str(": ");
                text.push_str(&said);
            }
            source = cause.source();
        }
        text
    }

    pub(super) fn path(path: &std::path::Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |cause| Self::Path { path, cause }
    }
}
