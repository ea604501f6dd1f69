//! The commands that an account's actor accepts.

use linekeeper_model::account::Account;
use linekeeper_model::audit::NewEntry;
use linekeeper_model::pairing::Method;
use linekeeper_model::phone::PhoneNumber;
use tokio::sync::oneshot;

use super::error::AccountError;
use crate::whatsapp::{Assertion, DevicesQuestion};

/// A wish of the operator, and the channel for the answer, which is sent after the command's effects were carried
/// out.
pub(super) struct Command {
    pub(super) wish: Wish,
    /// The audit entry. It is written together with the wish, and not at all if the wish is refused.
    pub(super) entry: Option<NewEntry>,
    pub(super) reply: oneshot::Sender<Result<Account, AccountError>>,
}

/// See [`Command`].
pub(super) enum Wish {
    /// Come online. Pair if there is no session.
    Link(Method),
    /// Come online as [`Wish::Link`] says, for an account without a linked phone: any phone that agrees may be
    /// linked.
    ReplacePhone(Method),
    /// Show a code to type on this phone. Begins a pairing if none is open.
    ShowCode(PhoneNumber),
    /// Pass on the passkey's answer to WhatsApp's request.
    AnswerPasskey(Assertion),
    /// A person confirmed that both sides show the same code.
    ConfirmPasskey,
    /// Close the connection, keep the session.
    Pause,
    /// Resume the paused account.
    Resume,
    /// Ask WhatsApp for the account's devices. The caller gets the pending question, and waits for its answer.
    ListDevices(oneshot::Sender<DevicesQuestion>),
    /// Log out at WhatsApp and clear the session.
    Disconnect,
    /// Log out and delete everything of the account. The actor ends.
    Delete,
}
