//! The port: the interface through which a client passes messages to the rest of the server. The code that builds the
//! clients supplies the implementation.

use async_trait::async_trait;
use jiff::Timestamp;
use linekeeper_model::id::AccountId;
use linekeeper_model::message::{Address, Arrival, ReceiptKind};
use linekeeper_model::phone::Identity;

use super::outlet::Outlet;
use super::receipt_hold::Unstored;

/// The part of the server that stores messages.
#[async_trait]
pub trait MessagePort: Send + Sync + 'static {
    /// Stores what arrived over the connection with this epoch. When this returns without an error, everything is
    /// on disk. It is no error if the same arrivals were stored before.
    async fn arrived(&self, account: AccountId, epoch: i64, arrivals: Vec<Arrival>) -> Result<(), NotStored>;

    /// Records that a message arrived that can no longer be decrypted, unless the message itself is already
    /// stored. Returns whether the message was missing.
    async fn lost(&self, account: AccountId, epoch: i64, arrival: Arrival) -> Result<bool, NotStored>;

    /// Returns the bytes of a message that a program sent to this chat. The message is identified by its WhatsApp
    /// id.
    async fn sent(
        &self,
        account: AccountId,
        chat: &Address,
        wa_message_id: &str,
    ) -> Result<Option<Vec<u8>>, NotRead>;

    /// Receives a report that is not a message. The client calls this while it receives data, so it must not wait.
    fn note(&self, account: AccountId, note: Note);
}

/// Why the server could not store what arrived.
#[derive(Debug, thiserror::Error)]
pub enum NotStored {
    /// Another connection has taken over the account. So this connection may no longer store anything for the account.
    #[error("another connection has taken the account over")]
    Fenced,
    /// The database failed, and a later try would fail too.
    #[error("the database refused it: {0}")]
    Failed(String),
}

/// The database cannot be read now.
#[derive(Debug, thiserror::Error)]
#[error("the messages that were sent cannot be read: {0}")]
pub struct NotRead(pub String);

/// What a client reports besides messages.
#[derive(Debug)]
pub enum Note {
    /// The account can send from now on, until `Offline` is reported.
    Online(Outlet),
    /// The connection with this epoch has ended.
    Offline(i64),
    /// WhatsApp's server answered a message.
    Acknowledged(Acknowledgement),
    /// A person's device reports that it received, read or played messages. WhatsApp gets the acknowledgement after
    /// the receipt is stored.
    Receipt(ReceiptNote, Unstored),
}

/// WhatsApp's answer to a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acknowledgement {
    /// The WhatsApp id of the message.
    pub wa_message_id: String,
    /// The time in WhatsApp's answer, if it has one.
    pub at: Option<Timestamp>,
    /// WhatsApp's code if it refused the message.
    pub error: Option<u32>,
}

/// A receipt for one or more messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiptNote {
    /// The WhatsApp ids of the messages.
    pub wa_message_ids: Vec<String>,
    /// The person whose device sent the receipt.
    pub by: Identity,
    /// Whether another device of the account itself sent the receipt.
    pub by_me: bool,
    /// What the device reported.
    pub kind: ReceiptKind,
    /// The time of the receipt: when the device reported `kind`.
    pub at: Timestamp,
}
