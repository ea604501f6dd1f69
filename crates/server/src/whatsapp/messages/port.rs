//! The interface from a client to the rest of the server. The code that builds the clients provides the port.

use async_trait::async_trait;
use jiff::Timestamp;
use linekeeper_model::id::AccountId;
use linekeeper_model::message::{Address, Arrival, ReceiptKind};
use linekeeper_model::phone::Identity;

use super::outlet::Outlet;

/// The part of the server that stores messages.
#[async_trait]
pub trait MessagePort: Send + Sync + 'static {
    /// Stores what arrived over the connection with this epoch. When this returns without an error, everything is on
    /// disk. It is not an error if it was stored before.
    async fn arrived(&self, account: AccountId, epoch: i64, arrivals: Vec<Arrival>) -> Result<(), NotStored>;

    /// Stores that a message arrived that can no longer be decrypted, unless the message itself is stored. Returns
    /// whether the message was missing.
    async fn lost(&self, account: AccountId, epoch: i64, arrival: Arrival) -> Result<bool, NotStored>;

    /// The bytes of a message that a program sent to this chat, by its id at WhatsApp.
    async fn sent(
        &self,
        account: AccountId,
        chat: &Address,
        wa_message_id: &str,
    ) -> Result<Option<Vec<u8>>, NotRead>;

    /// Takes a note. It is called from the client's receive path, so it must not wait.
    fn note(&self, account: AccountId, note: Note);
}

/// Why an arrival could not be stored.
#[derive(Debug, thiserror::Error)]
pub enum NotStored {
    /// Another connection writes for the account.
    #[error("another connection has taken the account over")]
    Fenced,
    /// The database failed in a way that waiting does not repair.
    #[error("the database refused it: {0}")]
    Failed(String),
}

/// The database cannot answer now.
#[derive(Debug, thiserror::Error)]
#[error("the messages that were sent cannot be read: {0}")]
pub struct NotRead(pub String);

/// The client's reports other than messages.
#[derive(Debug)]
pub enum Note {
    /// The account can send, until `Offline` is reported.
    Online(Outlet),
    /// The connection with this epoch has ended.
    Offline(i64),
    /// WhatsApp's server answered a message.
    Acknowledged(Acknowledgement),
    /// A person's device received, read or played messages.
    Receipt(ReceiptNote),
}

/// WhatsApp's answer to a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acknowledgement {
    /// The message's id at WhatsApp.
    pub wa_message_id: String,
    /// WhatsApp's time, if it gave one.
    pub at: Option<Timestamp>,
    /// Why WhatsApp refused the message.
    pub error: Option<u32>,
}

/// A receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiptNote {
    /// The messages' ids at WhatsApp.
    pub wa_message_ids: Vec<String>,
    /// The person whose device reported it.
    pub by: Identity,
    /// Whether another device of the account itself read them.
    pub by_me: bool,
    /// What the device reported.
    pub kind: ReceiptKind,
    /// When the device reported it.
    pub at: Timestamp,
}
