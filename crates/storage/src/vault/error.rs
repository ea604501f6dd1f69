//! The errors of the vault, the encrypted store of sessions. Errors after which the operator of an account can do the
//! same are one variant.

use std::sync::Arc;

use crate::db::{self, Trouble};
use crate::error::Cause;
use crate::seal::UnsealError;

/// A read or a write of a session failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VaultError {
    /// Somebody else has taken the session, or it was destroyed. This store can never write again.
    #[error("the session was taken over by another holder or destroyed")]
    Fenced,
    /// A value cannot be decrypted. Another master key encrypted it, or its row is damaged or was moved. A later
    /// attempt fails, too.
    #[error("the stored {what} cannot be read")]
    Unreadable {
        /// The kind of the row.
        what: &'static str,
        /// The cause.
        #[source]
        cause: Cause,
    },
    /// The database cannot be reached, was busy for too long, or its disk is full. A later attempt can succeed.
    #[error("the vault is not available")]
    Unavailable(#[source] Cause),
    /// The server is stopping, so nothing is written any more.
    #[error("the vault is closed")]
    Closed,
    /// The database refused a statement. This is a bug in linekeeper.
    #[error("the vault refused a statement")]
    Refused(#[source] Cause),
}

/// What is wrong with a session, as [`crate::SessionStore::fault`] returns it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// A call failed with [`VaultError::Unavailable`], [`VaultError::Closed`] or [`VaultError::Refused`]. This fault
    /// ends when a call succeeds.
    Unavailable,
    /// [`VaultError::Unreadable`]. It never ends.
    Unreadable,
    /// [`VaultError::Fenced`]. It never ends.
    Fenced,
}

impl VaultError {
    pub(crate) fn unreadable(what: &'static str, cause: impl Into<Cause>) -> Self {
        Self::Unreadable { what, cause: cause.into() }
    }

    /// Converts an error of decrypting a value. `what` is the kind of the value.
    pub(crate) fn unsealed(what: &'static str) -> impl Fn(UnsealError) -> Self {
        move |error| Self::unreadable(what, error)
    }

    /// Makes a copy of an error. If a whole group of writes fails, each write gets a copy.
    pub(crate) fn shared(error: &Arc<Self>) -> Self {
        match **error {
            Self::Unreadable { what, .. } => Self::unreadable(what, error.clone()),
            _ => Self::Unavailable(error.clone().into()),
        }
    }

    /// The kind of the error.
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

/// Makes an error of this kind, without further details.
impl From<Fault> for VaultError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Fenced => Self::Fenced,
            Fault::Unreadable => Self::unreadable("session", "an earlier read failed"),
            Fault::Unavailable => Self::Unavailable("an earlier call failed".into()),
        }
    }
}
