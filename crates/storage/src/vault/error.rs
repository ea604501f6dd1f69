//! What can go wrong with a session's rows. The errors are divided by what the account's owner can do about them.

use std::sync::Arc;

use crate::db::{self, Trouble};
use crate::error::Cause;
use crate::seal::UnsealError;

/// A read or write of a session failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VaultError {
    /// Another holder took the account, or its session was destroyed. This store can never write again.
    #[error("the session was taken over by another holder or destroyed")]
    Fenced,
    /// A value cannot be decrypted: another master key sealed it, or the row is damaged or was moved. Trying again
    /// does not help.
    #[error("the stored {what} cannot be read")]
    Unreadable {
        /// Which kind of row.
        what: &'static str,
        /// The cause.
        #[source]
        cause: Cause,
    },
    /// The database is gone, busy for too long, or its disk is full. Trying again later can succeed.
    #[error("the vault is not available")]
    Unavailable(#[source] Cause),
    /// The server stops: nothing is written any more.
    #[error("the vault is closed")]
    Closed,
    /// The database refused a statement, which is a programming error.
    #[error("the vault refused a statement")]
    Refused(#[source] Cause),
}

/// The kind of a [`VaultError`], as [`crate::SessionStore::fault`] returns it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// [`VaultError::Unavailable`], until a call succeeds again.
    Unavailable,
    /// [`VaultError::Unreadable`], for good.
    Unreadable,
    /// [`VaultError::Fenced`], for good.
    Fenced,
}

impl VaultError {
    pub(crate) fn unreadable(what: &'static str, cause: impl Into<Cause>) -> Self {
        Self::Unreadable { what, cause: cause.into() }
    }

    /// Converts the reason why a value of `what` could not be opened.
    pub(crate) fn unsealed(what: &'static str) -> impl Fn(UnsealError) -> Self {
        move |error| Self::unreadable(what, error)
    }

    /// One error for each of several writes that failed together.
    pub(crate) fn shared(error: &Arc<Self>) -> Self {
        match **error {
            Self::Unreadable { what, .. } => Self::unreadable(what, error.clone()),
            _ => Self::Unavailable(error.clone().into()),
        }
    }

    /// The error's kind.
    pub const fn fault(&self) -> Fault {
        match self {
            Self::Fenced => Fault::Fenced,
            Self::Unreadable { .. } => Fault::Unreadable,
            Self::Unavailable(_) | Self::Refused(_) | Self::Closed => Fault::Unavailable,
        }
    }
}

impl From<db::Error> for VaultError {
    fn from(error: db::Error) -> Self {
        match Trouble::of(&error) {
            Trouble::Unavailable => Self::Unavailable(error.into()),
            Trouble::Damaged => Self::unreadable("database", error),
            Trouble::Duplicate | Trouble::Refused => Self::Refused(error.into()),
        }
    }
}

/// Makes an error of which only the kind is known.
impl From<Fault> for VaultError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Fenced => Self::Fenced,
            Fault::Unreadable => Self::unreadable("session", "an earlier read failed"),
            Fault::Unavailable => Self::Unavailable("an earlier call failed".into()),
        }
    }
}
