//! What an account's actor can be told.

use linekeeper_model::account::Account;
use linekeeper_model::audit::NewEntry;
use linekeeper_model::pairing::Method;
use linekeeper_model::phone::PhoneNumber;
use tokio::sync::oneshot;

use super::error::AccountError;
use crate::whatsapp::{Assertion, DevicesQuestion};

/// A wish of the operator, and where its answer goes: sent when the command's effects are carried out.
pub(super) struct Command {
    pub(super) wish: Wish,
    /// What tells the audit log of it. It is written with the wish, and not at all where the wish is refused.
    pub(super) entry: Option<NewEntry>,
    pub(super) reply: oneshot::Sender<Result<Account, AccountError>>,
}

/// See [`Command`].
pub(super) enum Wish {
    /// Come online, by pairing where there is no session.
    Link(Method),
    /// The same for an account that no phone is linked to, with any phone that agrees.
    ReplacePhone(Method),
    /// Show a code to type on that phone; begins a pairing where none is open.
    ShowCode(PhoneNumber),
    /// The passkey's answer to what WhatsApp asked.
    AnswerPasskey(Assertion),
    /// The codes on both sides are the same.
    ConfirmPasskey,
    /// Close the connection, keep the session.
    Pause,
    /// Open it again.
    Resume,
    /// Ask WhatsApp for the account's devices: whoever wished it is handed the question, and waits for its answer.
    ListDevices(oneshot::Sender<DevicesQuestion>),
    /// Log out at WhatsApp and clear the session.
    Disconnect,
    /// The same, and nothing is left of the account. The actor ends.
    Delete,
}
