//! Why messages were not accepted.

use jiff::Timestamp;
use linekeeper_storage::StorageError;

/// Why messages were not accepted. Nothing was stored. If a variant has a number, the first one is the index of the
/// message in the request.
#[derive(Debug, thiserror::Error)]
pub enum SendRefused {
    /// The account is not linked to a phone.
    #[error("the account is not linked to a phone")]
    NotLinked,
    /// Too many messages of the account wait in its queue.
    #[error("too many messages wait")]
    QueueFull,
    /// The account would exceed its daily limit.
    #[error("the day's limit is reached")]
    DailyLimit {
        /// When the next day begins.
        until: Timestamp,
    },
    /// There is no chat or person with this id.
    #[error("there is no chat or person of that id")]
    UnknownRecipient(usize),
    /// The message cannot be sent to this recipient.
    #[error("it cannot be sent there")]
    WrongRecipient(usize),
    /// The message that is replied to is not in this chat.
    #[error("the message that it replies to is not in this chat")]
    UnknownReply(usize),
    /// The message to react to, edit, revoke or forward does not exist. The text is the type of the new message, such
    /// as `edit`.
    #[error("the message that it acts on is not here")]
    UnknownTarget(usize, &'static str),
    /// The message to react to, edit, revoke or forward does not allow this. The text is the type of the new message,
    /// such as `edit`.
    #[error("what is wanted cannot be done to that message")]
    WrongTarget(usize, &'static str),
    /// There is no person with a mentioned id. The second number is the index of the mention.
    #[error("there is no person of an id that is mentioned")]
    UnknownMention(usize, usize),
    /// The file cannot be sent with this message.
    #[error("its file cannot be sent: {}", .0.message)]
    WrongFile(Box<WrongFile>),
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Why a file cannot be sent with a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrongFile {
    /// The index of the message in the request.
    pub index: usize,
    /// The name of the message's type in the API.
    pub kind: &'static str,
    /// The name of the wrong field, such as `mediaId`. It is a field of the object that describes the file.
    pub field: &'static str,
    /// The kind of error.
    pub code: &'static str,
    /// A text that explains what a right value would be.
    pub message: String,
}
