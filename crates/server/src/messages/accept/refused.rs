//! Why messages are not accepted.

use jiff::Timestamp;
use linekeeper_storage::StorageError;

/// Why messages were not accepted. Nothing was stored. The number is the index of the message.
#[derive(Debug, thiserror::Error)]
pub enum SendRefused {
    /// The account has no session.
    #[error("the account is not linked to a phone")]
    NotLinked,
    /// Too many messages wait.
    #[error("too many messages wait")]
    QueueFull,
    /// The daily limit is reached.
    #[error("the day's limit is reached")]
    DailyLimit {
        /// When the next day begins.
        until: Timestamp,
    },
    /// There is no chat or person with this id.
    #[error("there is no chat or person of that id")]
    UnknownRecipient(usize),
    /// The message cannot be sent there.
    #[error("it cannot be sent there")]
    WrongRecipient(usize),
    /// The message that it replies to is not in this chat.
    #[error("the message that it replies to is not in this chat")]
    UnknownReply(usize),
    /// The message that it acts on does not exist here. The text names the kind of act.
    #[error("the message that it acts on is not here")]
    UnknownTarget(usize, &'static str),
    /// The act is not possible for the message that it names.
    #[error("what is wanted cannot be done to that message")]
    WrongTarget(usize, &'static str),
    /// There is no person with a mentioned id.
    #[error("there is no person of an id that is mentioned")]
    UnknownMention(usize, usize),
    /// The message's file cannot be sent with it.
    #[error("its file cannot be sent: {}", .0.message)]
    WrongFile(Box<WrongFile>),
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// See [`SendRefused::WrongFile`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrongFile {
    /// Of which message.
    pub index: usize,
    /// The type in the API.
    pub kind: &'static str,
    /// The wrong field of the type's object.
    pub field: &'static str,
    /// The kind of error.
    pub code: &'static str,
    /// What would be right.
    pub message: String,
}
