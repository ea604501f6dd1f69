//! The errors of the product's tables, distinguished by what a caller can do about them.

use std::path::PathBuf;

use crate::db::{self, Trouble};
use crate::seal::{MasterKeyError, UnsealError};

/// A cause that callers report but do not match on. It hides the database driver.
pub(crate) type Cause = Box<dyn std::error::Error + Send + Sync>;

/// A read or write of the product's tables failed. After an error, drop the transaction.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StorageError {
    /// The database is unreachable, busy for too long, or its disk is full. Trying again later can succeed.
    #[error("the database is not available")]
    Unavailable(#[source] Cause),
    /// A row with the same unique value already exists.
    #[error("{0} is taken")]
    Conflict(Conflict),
    /// A stored value is damaged, or was not sealed by this installation. It is never reported as absent.
    #[error("the stored {what} cannot be read")]
    Unreadable {
        /// Which value.
        what: &'static str,
        /// The cause.
        #[source]
        cause: Cause,
    },
    /// The database refused a statement: a programming error.
    #[error("the database refused a statement")]
    Refused(#[source] Cause),
}

/// A value that must be unique.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Conflict {
    /// A user's e-mail address.
    Email,
    /// A membership of a user in a workspace.
    Member,
    /// The external name of a workspace.
    ExternalId,
    /// An account's phone number.
    PhoneNumber,
    /// An id or hash that should have been random.
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
    /// Whether the same call can succeed later without any change by a person.
    pub const fn is_retryable(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }

    /// Names the value that a unique index protects.
    pub(crate) fn or_conflict(conflict: Conflict) -> impl Fn(db::Error) -> Self {
        move |error| match Trouble::of(&error) {
            Trouble::Duplicate => Self::Conflict(conflict),
            _ => Self::from(error),
        }
    }

    pub(crate) fn unreadable(what: &'static str, cause: impl Into<Cause>) -> Self {
        Self::Unreadable { what, cause: cause.into() }
    }

    /// The same error for each of several writes that failed together.
    pub(crate) fn shared(error: &std::sync::Arc<Self>) -> Self {
        match **error {
            Self::Unreadable { what, .. } => Self::unreadable(what, error.clone()),
            Self::Refused(_) | Self::Conflict(_) => Self::Refused(error.clone().into()),
            Self::Unavailable(_) => Self::Unavailable(error.clone().into()),
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

/// Why the storage could not be opened. Each message says what to do.
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
    /// The database cannot be reached. Trying again later can succeed.
    #[error("cannot open the {which} database")]
    Unavailable {
        /// The database: `product` or `vault`.
        which: &'static str,
        /// The cause.
        #[source]
        cause: Cause,
    },
    /// The database was last used by a newer linekeeper.
    #[error(
        "the {which} database is at version {found}, this program knows {known}: use the newer linekeeper"
    )]
    Newer {
        /// The database: `product` or `vault`.
        which: &'static str,
        /// The database's version.
        found: i64,
        /// The last version that is known here.
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
    /// The master key is not the one that sealed this installation.
    #[error(
        "the encryption key is not the one that sealed this installation: \
         give the right ENCRYPTION_KEY or ENCRYPTION_KEY_FILE; nothing was changed"
    )]
    WrongKey,
    /// The vault and the product database do not belong together.
    #[error(
        "the vault does not belong to this database: \
         was WHATSAPP_SESSION_PATH changed, or only one of them restored from a backup?"
    )]
    ForeignVault,
    /// The vault holds sessions, but the product's tables are missing or empty. A new installation would not know the
    /// accounts of these sessions.
    #[error(
        "the vault holds sessions of accounts, but {database} is missing or empty: put it back, or move the vault away \
         too and restore both from one backup (`linekeeper restore`); to begin anew, move the vault away. \
         Nothing was changed"
    )]
    LostDatabase {
        /// The file name, or `the database`.
        database: String,
    },
    /// The master key is right, but the data that it sealed is damaged.
    #[error("the installation's data key is damaged: restore the vault from a backup")]
    Damaged(#[source] Cause),
    /// The master key cannot be used.
    #[error(transparent)]
    MasterKey(#[from] MasterKeyError),
    /// Reading or writing failed after the database was open.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl OpenError {
    /// A driver's error while a database was being opened.
    pub(crate) fn unavailable(which: &'static str) -> impl FnOnce(db::Error) -> Self {
        move |error| {
            let cause = match error {
                // The driver's own text adds nothing, and repeats the cause.
                db::Error::Io(cause) | db::Error::Postgres(sqlx::Error::Io(cause)) => cause.into(),
                other => other.into(),
            };
            Self::Unavailable { which, cause }
        }
    }

    /// Whether opening can succeed later without any change by a person: the database is unreachable or still
    /// starting.
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
