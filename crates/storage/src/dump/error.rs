//! The errors of making and restoring dumps.

use std::io;
use std::path::PathBuf;

use crate::db::{self, Trouble};
use crate::error::{Cause, OpenError, StorageError};
use crate::seal::StreamError;
use crate::vault::VaultError;

/// Why a dump could not be made. The installation is unchanged.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DumpError {
    /// The file cannot be written.
    #[error("the dump's file cannot be written")]
    File(#[source] io::Error),
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// It is not known which key the vault writes with, or this process does not have that key.
    #[error(transparent)]
    Vault(#[from] VaultError),
}

/// Why a dump could not be restored. Nothing was changed, unless the variant says otherwise.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RestoreError {
    /// The file cannot be read.
    #[error("the backup cannot be read")]
    File(#[source] io::Error),
    /// The file is damaged, or it was encrypted with another key.
    #[error("the backup does not open")]
    Sealed(#[from] StreamError),
    /// The content does not match its manifest.
    #[error("the backup is not whole: {0}")]
    Malformed(String),
    /// The dump was made by a newer version of linekeeper.
    #[error(
        "the backup was made by linekeeper {program}, whose {what} is {found}; this program knows {known}: use that one"
    )]
    Newer {
        /// The version of the program that made the dump.
        program: String,
        /// The part of the dump whose version this program does not support: `format`, `product` or `vault`.
        what: &'static str,
        /// The version of `what` in the dump.
        found: i64,
        /// The newest version that this program supports.
        known: i64,
    },
    /// There is already an installation with data.
    #[error("a backup is restored only where there is nothing yet: {0}")]
    NotEmpty(String),
    /// A file or folder cannot be created or moved. With SQLite, the file of the vault (the store of
    /// sessions) is moved first, so it may already have its final path.
    #[error("cannot use {}", path.display())]
    Path {
        /// The path of the file or folder.
        path: PathBuf,
        /// The cause.
        #[source]
        cause: io::Error,
    },
    /// The database cannot be reached, or it failed.
    #[error("the database failed")]
    Database(#[source] Cause),
    /// The restored installation cannot be opened. On PostgreSQL, the restored rows may remain in the database.
    #[error(transparent)]
    Open(#[from] OpenError),
}

impl From<db::Error> for DumpError {
    fn from(error: db::Error) -> Self {
        Self::Storage(error.into())
    }
}

impl From<db::Error> for RestoreError {
    fn from(error: db::Error) -> Self {
        match Trouble::of(&error) {
            Trouble::Duplicate | Trouble::Refused => Self::Malformed(format!("its rows do not fit: {error}")),
            Trouble::Unavailable | Trouble::Damaged => Self::Database(error.into()),
        }
    }
}

impl RestoreError {
    /// Converts a read error. If the file was read, but could not be decrypted, the read error contains a
    /// [`StreamError`].
    pub(super) fn of_reading(error: io::Error) -> Self {
        match error.get_ref().and_then(|cause| cause.downcast_ref::<StreamError>()) {
            Some(sealed) => Self::Sealed(sealed.clone()),
            None => Self::File(error),
        }
    }
}
