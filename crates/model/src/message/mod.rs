//! Messages as other programs see them: who wrote what to whom, and what happened to it. Only types and rules; the
//! server's translators handle the protocol's own form.

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

/// Which way a message went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Direction {
    /// To the account.
    Inbound,
    /// From the account.
    Outbound,
}

/// Who wrote a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Origin {
    /// Somebody else.
    Contact,
    /// A program, through this server.
    Api,
    /// The account's owner, on the phone or on another linked device.
    Phone,
}

/// How a message reached this server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ReceivedVia {
    /// While the account was connected.
    Live,
    /// WhatsApp stored the message while the account was away.
    Offline,
    /// The phone sent it as part of its history.
    History,
    /// The message could not be decrypted at first, and was sent again.
    Recovered,
}

/// Who asked for a message to be sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreatedBy {
    /// The kind, as in the audit log, such as `apiKey`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The user or the key.
    pub id: Option<Uuid>,
}

impl From<Actor> for CreatedBy {
    fn from(actor: Actor) -> Self {
        Self { kind: actor.kind().to_owned(), id: actor.id() }
    }
}

/// A message, in the form that the API and the event log share.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Message {
    /// The message's id here.
    pub id: MessageId,
    /// The account that received or sent it.
    pub account_id: AccountId,
    /// The message's id at WhatsApp. It is unique only together with chat and sender.
    pub wa_message_id: Option<String>,
    /// The caller's own reference, to find the message by.
    pub client_reference: Option<String>,
    /// The chat of the message.
    pub chat: Chat,
    /// Whether the message is inbound or outbound.
    pub direction: Direction,
    /// Who wrote the message.
    pub origin: Origin,
    /// The user or key that sent it, if `origin` is `api`.
    pub created_by: Option<CreatedBy>,
    /// The person who wrote it. For outbound messages this is the account itself.
    pub sender: Person,
    /// The content: `type`, and the object of that name.
    #[serde(flatten)]
    pub content: Content,
    /// What the message replies to.
    pub reply_to: Option<Reply>,
    /// The people who are mentioned in the message.
    pub mentions: Vec<Person>,
    /// Whether the message was forwarded.
    pub forwarded: bool,
    /// How often the message was forwarded, as counted by WhatsApp.
    pub forwarding_score: u32,
    /// Whether the message is a view-once message.
    pub view_once: bool,
    /// The seconds after which phones delete it.
    pub ephemeral_seconds: Option<u32>,
    /// The advertisement that the chat began with.
    pub referral: Option<Referral>,
    /// When the message was last edited.
    pub edited_at: Option<Timestamp>,
    /// When the message's sender or an admin revoked it.
    pub revoked_at: Option<Timestamp>,
    /// Who reacted with what.
    pub reactions: Vec<Reaction>,
    /// The delivery status.
    pub status: MessageStatus,
    /// When the message got this status.
    pub status_at: Timestamp,
    /// Why the message failed.
    pub failure: Option<Failure>,
    /// What the message waits for.
    pub waiting: Option<Waiting>,
    /// When to send the message, if the caller gave a time.
    pub send_at: Option<Timestamp>,
    /// When the server gives it up.
    pub expires_at: Option<Timestamp>,
    /// Whether the message overtakes messages of other chats.
    pub priority: Option<Priority>,
    /// WhatsApp's time. For an outbound message, the time of acceptance until it is sent.
    pub timestamp: Timestamp,
    /// When this server stored it.
    pub created_at: Timestamp,
    /// How the message reached this server.
    pub received_via: Option<ReceivedVia>,
}
