//! The commands that an account's actor accepts.

use linekeeper_model::account::Account;
use linekeeper_model::audit::NewEntry;
use linekeeper_model::pairing::Method;
use linekeeper_model::phone::PhoneNumber;
use tokio::sync::oneshot;

use super::error::AccountError;
use crate::whatsapp::{Assertion, DevicesQuestion};

/// A wish of the operator with the channel for its result. The actor sends the result after it has carried out the
/// wish.
pub(super) struct Command {
    pub(super) wish: Wish,
    /// The audit entry. It is written together with the wish. If the wish is refused, no entry is written.
    pub(super) entry: Option<NewEntry>,
    pub(super) reply: oneshot::Sender<Result<Account, AccountError>>,
}

/// What the operator wants. See [`Command`].
pub(super) enum Wish {
    /// Come online. Pair if there is no session.
    Link(Method),
    /// Come online as with [`Wish::Link`], but link any phone that confirms. This is for an account without a
    /// linked phone.
    ReplacePhone(Method),
    /// Show the code to type on the phone with this number. Begin a pairing if none is open.
    ShowCode(PhoneNumber),
    /// Pass the passkey's answer on to WhatsApp, which asked for the passkey during a pairing.
    AnswerPasskey(Assertion),
    /// A person confirmed that the phone and linekeeper show the same code.
    ConfirmPasskey,
    /// Close the connection, keep the session.
    Pause,
    /// Resume the paused account.
    Resume,
    /// Ask WhatsApp for the account's devices. The actor returns a future through this channel. The caller awaits the
    /// future to get WhatsApp's answer.
    ListDevices(oneshot::Sender<DevicesQuestion>),
    /// Log out at WhatsApp and clear the session.
    Disconnect,
    /// Log out, and delete the account and all its data. The actor ends.
    Delete,
}
