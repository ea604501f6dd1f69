//! What can go wrong with dumps, told apart by who can mend it.

use std::io;
use std::path::PathBuf;

use crate::db::Trouble;
use crate::error::{Cause, OpenError, StorageError};
use crate::seal::StreamError;
use crate::vault::VaultError;

/// A dump could not be made. Nothing of the installation was changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DumpError {
    /// The file cannot be written.
    #[error("the dump's file cannot be written")]
    File(#[source] io::Error),
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The vault does not say which key to write with, or this process does not have it.
    #[error(transparent)]
    Vault(#[from] VaultError),
}

/// A dump could not be restored. Nothing was changed, unless the variant says so.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RestoreError {
    /// The file cannot be read.
    #[error("the backup cannot be read")]
    File(#[source] io::Error),
    /// The file is damaged, or sealed with another key.
    #[error("the backup does not open")]
    Sealed(#[from] StreamError),
    /// What was sealed is not what a manifest announces.
    #[error("the backup is not whole: {0}")]
    Malformed(String),
    /// A newer program made it.
    #[error(
        "the backup was made by linekeeper {program}, whose {what} is {found}; this program knows {known}: use that one"
    )]
    Newer {
        /// Who made it.
        program: String,
        /// What is newer.
        what: &'static str,
        /// Its version.
        found: i64,
        /// The last version known here.
        known: i64,
    },
    /// There is an installation already.
    #[error("a backup is restored only where there is nothing yet: {0}")]
    NotEmpty(String),
    /// A file or folder cannot be made or moved.
    #[error("cannot use {}", path.display())]
    Path {
        /// Which one.
        path: PathBuf,
        /// Why not.
        #[source]
        cause: io::Error,
    },
    /// The database is not there, or failed.
    #[error("the database failed")]
    Database(#[source] Cause),
    /// What was restored does not open.
    #[error(transparent)]
    Open(#[from] OpenError),
}

impl From<sqlx::Error> for DumpError {
    fn from(error: sqlx::Error) -> Self {
        Self::Storage(error.into())
    }
}

impl From<sqlx::Error> for RestoreError {
    fn from(error: sqlx::Error) -> Self {
        match Trouble::of(&error) {
            Trouble::Duplicate | Trouble::Refused => Self::Malformed(format!("its rows do not fit: {error}")),
            Trouble::Unavailable | Trouble::Damaged => Self::Database(error.into()),
        }
    }
}

impl RestoreError {
    /// An error while reading, which may carry what the seal has to say.
    pub(super) fn of_reading(error: io::Error) -> Self {
        match error.get_ref().and_then(|cause| cause.downcast_ref::<StreamError>()) {
            Some(sealed) => Self::Sealed(sealed.clone()),
            None => Self::File(error),
        }
    }
}
