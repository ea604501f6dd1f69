//! Messages as the API shows them: who wrote what to whom, and which status the message has. There are only types and
//! rules here. The server translates WhatsApp's protocol from and to these types.

mod address;
mod arrival;
mod chat;
mod content;
mod detail;
mod failure;
mod outgoing;
mod person;
mod reaction;
mod recipient;
mod referral;
mod reply;
mod status;
#[cfg(test)]
mod tests;
mod waiting;

#[cfg(test)]
pub(crate) use tests::sample;

pub use address::{Address, InvalidAddress, Server};
pub use arrival::{Arrival, Arrived, Context, Quoted, Target};
pub use chat::{Chat, ChatType};
pub use content::{
    ButtonReply, ContactCard, ContactPhone, Content, EditAct, GroupEvent, GroupInvite, LinkPreview,
    ListReply, LiveLocation, Location, Media, MediaState, MessageType, Misfit, Order, Poll, Product,
    ReactionAct, RevokeAct, SystemNote, Text, Undecryptable, UnknownMessageType, Unsupported,
};
pub use detail::{Detail, ReactionDetail, ReplyDetail};
pub use failure::{Failure, FailureCode};
pub use outgoing::{InvalidSchedule, Priority, Schedule};
pub use person::{Identified, Person, same_person};
pub use reaction::Reaction;
pub use recipient::{InvalidRecipient, Recipient};
pub use referral::Referral;
pub use reply::Reply;
pub use status::{MessageStatus, ReceiptKind};
pub use waiting::{Ability, Circumstances, Waiting, WaitingReason};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::audit::Actor;
use crate::id::{AccountId, MessageId};

/// Whether the account received or sent a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Direction {
    /// The account received the message.
    Inbound,
    /// The account sent the message.
    Outbound,
}

/// From where a message was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Origin {
    /// Another person sent it.
    Contact,
    /// A program sent it through this server's API.
    Api,
    /// The account's owner sent it from the phone or from another linked device.
    Phone,
}

/// How a message reached this server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ReceivedVia {
    /// The message arrived while the account was connected.
    Live,
    /// WhatsApp stored the message while the account was offline.
    Offline,
    /// The phone sent the message as part of its chat history.
    History,
    /// The message could not be decrypted at first, and the sender sent it again.
    Recovered,
}

/// Who asked the API to send a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreatedBy {
    /// The kind of the actor, such as `apiKey`, as in the audit log.
    #[serde(rename = "type")]
    pub kind: String,
    /// The id of the user or of the API key.
    pub id: Option<Uuid>,
}

impl From<Actor> for CreatedBy {
    fn from(actor: Actor) -> Self {
        Self { kind: actor.kind().to_owned(), id: actor.id() }
    }
}

/// A message, as the API and the event log show it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Message {
    /// The message's id in linekeeper.
    pub id: MessageId,
    /// The account that received or sent the message.
    pub account_id: AccountId,
    /// The message's id at WhatsApp. It is unique only within one chat and one sender.
    pub wa_message_id: Option<String>,
    /// The reference that the caller chose. The caller recognises the message by this reference.
    pub client_reference: Option<String>,
    /// The chat of the message.
    pub chat: Chat,
    /// Whether the message is inbound or outbound.
    pub direction: Direction,
    /// From where the message was sent.
    pub origin: Origin,
    /// The user or API key that sent the message, if `origin` is `api`.
    pub created_by: Option<CreatedBy>,
    /// The person who wrote the message. For outbound messages, this is the account itself.
    pub sender: Person,
    /// The content. In JSON, it has two fields: `type`, and a field that has the name of the type.
    #[serde(flatten)]
    pub content: Content,
    /// The message that this message replies to.
    pub reply_to: Option<Reply>,
    /// The people who are mentioned in the message.
    pub mentions: Vec<Person>,
    /// Whether the message was forwarded.
    pub forwarded: bool,
    /// How often the message was forwarded, as counted by WhatsApp.
    pub forwarding_score: u32,
    /// Whether the message is a view-once message.
    pub view_once: bool,
    /// The number of seconds after which phones delete the message.
    pub ephemeral_seconds: Option<u32>,
    /// The advertisement that the chat started from.
    pub referral: Option<Referral>,
    /// When the message was last edited.
    pub edited_at: Option<Timestamp>,
    /// When the sender or an admin of the group revoked the message.
    pub revoked_at: Option<Timestamp>,
    /// The reactions to the message, with the people who reacted.
    pub reactions: Vec<Reaction>,
    /// The status of the message.
    pub status: MessageStatus,
    /// When the message got this status.
    pub status_at: Timestamp,
    /// Why the message failed.
    pub failure: Option<Failure>,
    /// Why the message is waiting, if it waits to be sent.
    pub waiting: Option<Waiting>,
    /// When the caller wants the message to be sent, if the caller gave a time.
    pub send_at: Option<Timestamp>,
    /// If the message is not sent before this time, the server stops trying to send it.
    pub expires_at: Option<Timestamp>,
    /// The priority. A higher priority lets the message go before messages that wait in other chats.
    pub priority: Option<Priority>,
    /// When the message was sent, according to WhatsApp. For an outbound message that was not sent yet, the time
    /// at which the API accepted it.
    pub timestamp: Timestamp,
    /// When this server stored the message.
    pub created_at: Timestamp,
    /// How the message reached this server.
    pub received_via: Option<ReceivedVia>,
}
