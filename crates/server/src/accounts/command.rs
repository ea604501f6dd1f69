//! What an account's actor can be told.

use linekeeper_model::account::Account;
use tokio::sync::oneshot;

use super::error::AccountError;

/// The answer is sent when the command's effects are carried out.
pub(super) type Reply = oneshot::Sender<Result<Account, AccountError>>;

/// A wish of the operator.
pub(super) enum Command {
    /// Come online, by pairing where there is no session.
    Link(Reply),
    /// Log out at WhatsApp and clear the session.
    Disconnect(Reply),
}
