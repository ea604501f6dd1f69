//! Why a wish for an account was refused.

use linekeeper_storage::StorageError;

use crate::whatsapp::{DevicesUntold, PasskeyRefused};

/// Why a wish for an account was refused. In each case, nothing has changed.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// There is no such account.
    #[error("there is no such account")]
    NotFound,
    /// The account is online, or about to be.
    #[error("the account is already connected")]
    AlreadyConnected,
    /// No phone is linked to the account.
    #[error("the account is not linked to a phone")]
    NotLinked,
    /// The account is not online.
    #[error("the account is not connected")]
    NotConnected,
    /// WhatsApp did not answer the request for the account's devices.
    #[error(transparent)]
    Devices(#[from] DevicesUntold),
    /// WhatsApp does not ask the account for a passkey now.
    #[error("the account does not wait for a passkey")]
    NoPasskeyAsked,
    /// WhatsApp or the library refused the passkey's answer.
    #[error(transparent)]
    Passkey(#[from] PasskeyRefused),
    /// The maximum number of pairings is already open.
    #[error("too many pairings are open")]
    TooManyPairings,
    /// Another account has this phone number.
    #[error("another account has this phone number")]
    PhoneNumberTaken,
    /// The account was created for one phone number, so a phone with another number cannot be linked.
    #[error("the account was made for its number")]
    NumberGiven,
    /// The deployment already has the maximum number of accounts.
    #[error("this deployment holds its {limit} accounts already")]
    LimitReached {
        /// The maximum number, from `WHATSAPP_MAX_CONNECTIONS`.
        limit: u32,
    },
    /// The server has just started and has not restored its accounts yet.
    #[error("the server is starting")]
    Starting,
    /// The server is stopping.
    #[error("the server is stopping")]
    ShuttingDown,
    /// The account's actor is restarting or has too much to do.
    #[error("the account cannot take a command at the moment")]
    Busy,
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The vault (the encrypted store of sessions) failed.
    #[error("the vault: {0}")]
    Vault(#[from] linekeeper_storage::VaultError),
}
