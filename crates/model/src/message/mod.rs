//! Messages as other programs see them: who wrote what to whom, and what became of it. Types and rules only;
//! the protocol's own form is the business of the server's translators.

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
    /// WhatsApp kept it while the account was away.
    Offline,
    /// The phone sent it with its history.
    History,
    /// It could not be decrypted at first, and was sent again.
    Recovered,
}

/// Who asked for a message to be sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreatedBy {
    /// As in the audit log, such as `apiKey`.
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
    /// Its id here.
    pub id: MessageId,
    /// The account that received or sent it.
    pub account_id: AccountId,
    /// Its id at WhatsApp: unique only together with chat and sender.
    pub wa_message_id: Option<String>,
    /// What the caller gave to find it by.
    pub client_reference: Option<String>,
    /// Where it was written.
    pub chat: Chat,
    /// Which way it went.
    pub direction: Direction,
    /// Who wrote it.
    pub origin: Origin,
    /// Which user or key sent it, for `api`.
    pub created_by: Option<CreatedBy>,
    /// The person who wrote it; for outbound messages the account itself.
    pub sender: Person,
    /// What it says: `type`, and the object of that name.
    #[serde(flatten)]
    pub content: Content,
    /// What it replies to.
    pub reply_to: Option<Reply>,
    /// Who is mentioned in it.
    pub mentions: Vec<Person>,
    /// Whether it was forwarded.
    pub forwarded: bool,
    /// How often it was forwarded, as WhatsApp counts.
    pub forwarding_score: u32,
    /// Whether it can be seen only once.
    pub view_once: bool,
    /// After how many seconds phones remove it.
    pub ephemeral_seconds: Option<u32>,
    /// The advertisement that the chat began at.
    pub referral: Option<Referral>,
    /// When it was last edited.
    pub edited_at: Option<Timestamp>,
    /// When its sender or an admin took it back.
    pub revoked_at: Option<Timestamp>,
    /// Who reacted with what.
    pub reactions: Vec<Reaction>,
    /// What became of it.
    pub status: MessageStatus,
    /// Since when.
    pub status_at: Timestamp,
    /// Why it failed.
    pub failure: Option<Failure>,
    /// What it waits for.
    pub waiting: Option<Waiting>,
    /// When it is to be sent, where the caller said so.
    pub send_at: Option<Timestamp>,
    /// When it is given up.
    pub expires_at: Option<Timestamp>,
    /// Which messages of other chats it overtakes.
    pub priority: Option<Priority>,
    /// WhatsApp's time; for outbound messages the time of acceptance until they are sent.
    pub timestamp: Timestamp,
    /// When this server stored it.
    pub created_at: Timestamp,
    /// How it reached this server.
    pub received_via: Option<ReceivedVia>,
}
