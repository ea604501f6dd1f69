//! The errors of the product's tables, divided by what a caller can do about them.

use std::path::PathBuf;

use crate::db::{self, Trouble};
use crate::seal::{MasterKeyError, UnsealError};

/// The underlying error. Callers can print it, but they cannot match on it, so the database driver stays hidden.
pub(crate) type Cause = Box<dyn std::error::Error + Send + Sync>;

/// A read or a write of the product's tables failed. After such an error, the transaction must be dropped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StorageError {
    /// The database cannot be reached, was busy for too long, or its disk is full. A later attempt can succeed.
    #[error("the database is not available")]
    Unavailable(#[source] Cause),
    /// A row with the same unique value already exists.
    #[error("{0} is taken")]
    Conflict(Conflict),
    /// A stored value is damaged, or it was not encrypted by this installation. Such a value is never treated as
    /// missing.
    #[error("the stored {what} cannot be read")]
    Unreadable {
        /// The value that cannot be read.
        what: &'static str,
        /// The cause.
        #[source]
        cause: Cause,
    },
    /// Somebody else, possibly another process, has taken over the right to write these rows. Nothing was written.
    #[error("a later holder has taken over")]
    Fenced,
    /// The database refused a statement. This is a bug in linekeeper.
    #[error("the database refused a statement")]
    Refused(#[source] Cause),
}

/// A value that must be unique.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Conflict {
    /// A user's e-mail address.
    Email,
    /// A membership: a user can be a member of a workspace only once.
    Member,
    /// The name of a workspace in the tokens of the CRM.
    ExternalId,
    /// An account's phone number.
    PhoneNumber,
    /// An id, or a hash by which a row is found. For random ids, this conflict should never happen.
    Id,
}

impl std::fmt::Display for Conflict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Email => "the e-mail address",
            Self::Member => "the membership",
            Self::ExternalId => "the external id",
            Self::PhoneNumber => "the phone number",
            Self::Id => "the id",
        })
    }
}

impl StorageError {
    /// Whether the same call can succeed later, without a person doing anything.
    pub const fn is_retryable(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }

    /// Converts an error of the driver. If the error says that a unique value already exists, it becomes
    /// [`StorageError::Conflict`] with `conflict`.
    pub(crate) fn or_conflict(conflict: Conflict) -> impl Fn(db::Error) -> Self {
        move |error| match Trouble::of(&error) {
            Trouble::Duplicate => Self::Conflict(conflict),
            _ => Self::from(error),
        }
    }

    pub(crate) fn unreadable(what: &'static str, cause: impl Into<Cause>) -> Self {
        Self::Unreadable { what, cause: cause.into() }
    }

    /// Copies an error, for one of several writes that failed together.
    pub(crate) fn shared(error: &std::sync::Arc<Self>) -> Self {
        match **error {
            Self::Unreadable { what, .. } => Self::unreadable(what, error.clone()),
            Self::Refused(_) | Self::Conflict(_) => Self::Refused(error.clone().into()),
            Self::Unavailable(_) => Self::Unavailable(error.clone().into()),
            Self::Fenced => Self::Fenced,
        }
    }
}

impl From<db::Error> for StorageError {
    fn from(error: db::Error) -> Self {
        match Trouble::of(&error) {
            Trouble::Unavailable => Self::Unavailable(error.into()),
            Trouble::Damaged => Self::unreadable("database", error),
            Trouble::Duplicate => Self::Conflict(Conflict::Id),
            Trouble::Refused => Self::Refused(error.into()),
        }
    }
}

/// Why the storage could not be opened. Each message tells the operator what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// A file or directory cannot be created or used.
    #[error("cannot use {}", path.display())]
    Path {
        /// The path of the file or folder.
        path: PathBuf,
        /// The cause.
        #[source]
        cause: std::io::Error,
    },
    /// The database cannot be reached. A later attempt can succeed.
    #[error("cannot open the {which} database")]
    Unavailable {
        /// The database: `product` or `vault`.
        which: &'static str,
        /// The cause.
        #[source]
        cause: Cause,
    },
    /// The database was last used by a newer version of linekeeper.
    #[error(
        "the {which} database is at version {found}, this program knows {known}: use the newer linekeeper"
    )]
    Newer {
        /// The database: `product` or `vault`.
        which: &'static str,
        /// The database's version.
        found: i64,
        /// The newest version that this program supports.
        known: i64,
    },
    /// A migration failed and was rolled back.
    #[error("migration {version} of the {which} database failed; nothing was changed")]
    Migration {
        /// The database: `product` or `vault`.
        which: &'static str,
        /// The version after the migration.
        version: i64,
        /// The reason.
        #[source]
        cause: Cause,
    },
    /// The master key is not the key with which this installation is encrypted.
    #[error(
        "the encryption key is not the one that sealed this installation: \
         give the right ENCRYPTION_KEY or ENCRYPTION_KEY_FILE; nothing was changed"
    )]
    WrongKey,
    /// The vault (the encrypted store of sessions) and the product database do not belong together.
    #[error(
        "the vault does not belong to this database: \
         was WHATSAPP_SESSION_PATH changed, or only one of them restored from a backup?"
    )]
    ForeignVault,
    /// The vault contains sessions, but the product's tables are missing or empty. A new installation would not
    /// have the accounts of these sessions.
    #[error(
        "the vault holds sessions of accounts, but {database} is missing or empty: put it back, or move the vault away \
         too and restore both from one backup (`linekeeper restore`); to begin anew, move the vault away. \
         Nothing was changed"
    )]
    LostDatabase {
        /// The file name, or `the database`.
        database: String,
    },
    /// The master key is correct, but the data key that it encrypts is damaged.
    #[error("the installation's data key is damaged: restore the vault from a backup")]
    Damaged(#[source] Cause),
    /// The master key cannot be used.
    #[error(transparent)]
    MasterKey(#[from] MasterKeyError),
    /// A read or a write failed after the database was opened.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl OpenError {
    /// Converts an error of the driver while a database is being opened.
    pub(crate) fn unavailable(which: &'static str) -> impl FnOnce(db::Error) -> Self {
        move |error| {
            let cause = match error {
                // Keep only the inner I/O error, because the message of the driver's error only repeats it.
                db::Error::Io(cause) | db::Error::Postgres(sqlx::Error::Io(cause)) => cause.into(),
                other => other.into(),
            };
            Self::Unavailable { which, cause }
        }
    }

    /// Whether opening can succeed later, without a person doing anything: the database cannot be reached, or it
    /// is still starting.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Unavailable { cause, .. } => {
                cause.is::<std::io::Error>()
                    || cause
                        .downcast_ref()
                        .is_some_and(|error: &db::Error| Trouble::of(error) == Trouble::Unavailable)
            }
            Self::Storage(error) => error.is_retryable(),
            _ => false,
        }
    }
}

impl From<UnsealError> for OpenError {
    fn from(error: UnsealError) -> Self {
        match error {
            UnsealError::OtherKey { .. } => Self::WrongKey,
            other => Self::Damaged(other.into()),
        }
    }
}
