//! What can go wrong with backups.

use std::path::PathBuf;

use linekeeper_storage::{DumpError, RestoreError, StorageError};

use super::Name;
use crate::s3::CannotOpen;

/// Why a backup could not be made, found, read or verified.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BackupError {
    /// Only one backup or restore may run at a time, and another one is running.
    #[error("another backup or restore is under way in {}", .0.display())]
    UnderWay(PathBuf),
    /// A file or folder of this machine cannot be used.
    #[error("cannot use {}", path.display())]
    Path {
        /// The path of the file or folder.
        path: PathBuf,
        /// The cause.
        #[source]
        cause: std::io::Error,
    },
    /// The store's configuration is not usable.
    #[error(transparent)]
    Store(#[from] CannotOpen),
    /// An operation on the folder or S3 store for backups failed.
    #[error("{place} failed")]
    Place {
        /// The folder or S3 store.
        place: String,
        /// The error that the folder or S3 store returned.
        #[source]
        cause: object_store::Error,
    },
    /// There is no such backup.
    #[error("there is no backup {name} in {place}")]
    Missing {
        /// The name of the backup.
        name: String,
        /// The folder or S3 store that was searched.
        place: String,
    },
    /// The dump could not be made.
    #[error("the backup could not be made")]
    Dump(#[from] DumpError),
    /// The backup was written, but cannot be restored.
    #[error("the backup {name} was written, but does not restore")]
    Drill {
        /// The name of the backup.
        name: Name,
        /// The cause.
        #[source]
        cause: RestoreError,
    },
    /// The backup that was read back has other content than the backup that was written.
    #[error("the backup {0} was written, but another one was read back")]
    OtherContent(Name),
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl BackupError {
    /// The error with all its causes, in one line.
    pub fn in_full(&self) -> String {
        let mut text = self.to_string();
        let mut source = std::error::Error::source(self);
        while let Some(cause) = source {
            let said = cause.to_string();
            // The text of some errors already includes the text of their cause.
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
