//! What a client hands to the rest of the server. Whoever builds the clients gives the port.

use async_trait::async_trait;
use jiff::Timestamp;
use linekeeper_model::id::AccountId;
use linekeeper_model::message::{Address, Arrival, ReceiptKind};
use linekeeper_model::phone::Identity;

use super::outlet::Outlet;

/// The side of the server that keeps messages.
#[async_trait]
pub trait MessagePort: Send + Sync + 'static {
    /// Stores what came in over the connection of that epoch. Everything is on disk when this returns without an error.
    /// What is stored already is no error.
    async fn arrived(&self, account: AccountId, epoch: i64, arrivals: Vec<Arrival>) -> Result<(), NotStored>;

    /// Stores that a message came which cannot be decrypted any more, unless the message itself is stored. Returns whether it
    /// was missing.
    async fn lost(&self, account: AccountId, epoch: i64, arrival: Arrival) -> Result<bool, NotStored>;

    /// The bytes of a message that a program sent to that chat, by its id at WhatsApp.
    async fn sent(
        &self,
        account: AccountId,
        chat: &Address,
        wa_message_id: &str,
    ) -> Result<Option<Vec<u8>>, NotRead>;

    /// Takes note. Called from the client's receive path, so it must not wait.
    fn note(&self, account: AccountId, note: Note);
}

/// What came in could not be stored.
#[derive(Debug, thiserror::Error)]
pub enum NotStored {
    /// Another connection writes on the account's behalf.
    #[error("another connection has taken the account over")]
    Fenced,
    /// The database failed in a way that waiting does not mend.
    #[error("the database refused it: {0}")]
    Failed(String),
}

/// The database does not tell now.
#[derive(Debug, thiserror::Error)]
#[error("the messages that were sent cannot be read: {0}")]
pub struct NotRead(pub String);

/// What a client reports besides messages.
#[derive(Debug)]
pub enum Note {
    /// The account can send, until it is told otherwise.
    Online(Outlet),
    /// The connection of that epoch is over.
    Offline(i64),
    /// WhatsApp's server answered a message that was sent.
    Acknowledged(Acknowledgement),
    /// Somebody's device got, read or played messages.
    Receipt(ReceiptNote),
}

/// WhatsApp's answer to a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acknowledgement {
    /// The message's id at WhatsApp.
    pub wa_message_id: String,
    /// WhatsApp's time, where it told one.
    pub at: Option<Timestamp>,
    /// Why it was refused.
    pub error: Option<u32>,
}

/// A receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiptNote {
    /// The messages' ids at WhatsApp.
    pub wa_message_ids: Vec<String>,
    /// Whose device told.
    pub by: Identity,
    /// Whether it is the account's own other device that read them.
    pub by_me: bool,
    /// What it told.
    pub kind: ReceiptKind,
    /// When.
    pub at: Timestamp,
}
