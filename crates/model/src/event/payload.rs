//! The data of each type of event. Stored events must stay readable, so new fields must be optional, and fields
//! are never renamed or removed.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Erased, EventType};
use crate::account::{DisplayName, Restriction};
use crate::health::{Finding, HealthStatus};
use crate::id::{ChatId, ContactId, MessageId};
use crate::message::{Chat, ChatType, Failure, Media, Message, MessageStatus, Person};
use crate::phone::{Lid, PhoneNumber};
use crate::status::{ConnectionStatus, Reason, Status};

/// What happened. In JSON, the variant is `type`, and the variant's fields are `data`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data", rename_all_fields = "camelCase")]
pub enum Payload {
    /// An account was created.
    #[serde(rename = "account.created")]
    AccountCreated {
        /// The name of the account.
        display_name: DisplayName,
    },
    /// Somebody changed the account's settings.
    #[serde(rename = "account.updated")]
    AccountUpdated {
        /// The names of the changed fields, as in the API. The new values are not included, because some are
        /// secrets.
        fields: Vec<String>,
    },
    /// The account was deleted. Of all events of the account, only this one is kept.
    #[serde(rename = "account.deleted")]
    AccountDeleted {
        /// The name that the account had.
        display_name: DisplayName,
    },
    /// The account's status changed. [`Payload::status`] creates this event.
    #[serde(rename = "account.status")]
    AccountStatus {
        /// The previous status; null if there was none.
        from: Option<StatusBefore>,
        /// The new status.
        to: Status,
        /// How long the previous status lasted, in milliseconds.
        duration_ms: Option<u64>,
    },
    /// There is a new QR code to show. The event does not contain the code's text, because the text contains a key.
    /// Readers get the text from the API.
    #[serde(rename = "account.qr")]
    AccountQr {
        /// When the pairing ends. After that, no code of this pairing works.
        qr_code_expiry: Timestamp,
        /// When the next QR code replaces this one.
        refresh_at: Timestamp,
    },
    /// The account was linked to a phone.
    #[serde(rename = "account.linked")]
    AccountLinked {
        /// The account's number, if WhatsApp reported it.
        phone_number: Option<PhoneNumber>,
        /// The id by which WhatsApp hides the account's number (LID), if WhatsApp reported it.
        lid: Option<Lid>,
        /// The name that other people see at WhatsApp.
        push_name: Option<String>,
    },
    /// The account's name or picture at WhatsApp changed.
    #[serde(rename = "account.profile")]
    AccountProfile {
        /// The name that other people see at WhatsApp.
        push_name: Option<String>,
        /// WhatsApp's id of the account's picture.
        picture_id: Option<String>,
    },
    /// The account's health level changed.
    #[serde(rename = "account.health")]
    AccountHealth {
        /// The previous level.
        from: HealthStatus,
        /// The new level.
        to: HealthStatus,
        /// The findings that cause the level, the worst first.
        reasons: Vec<Finding>,
    },
    /// The restrictions that WhatsApp puts on the account changed.
    #[serde(rename = "account.restriction")]
    AccountRestriction(Restriction),
    /// The server has heard nothing from the account's phone for a long time.
    #[serde(rename = "account.phone_offline")]
    AccountPhoneOffline {
        /// When the server last heard from the phone.
        last_seen_at: Timestamp,
        /// How serious this is: `Warning` or `Critical`.
        level: HealthStatus,
    },
    /// The account's connection breaks again and again.
    #[serde(rename = "account.reconnect_loop")]
    AccountReconnectLoop {
        /// How often the connection broke.
        disconnects: u32,
        /// The length in seconds of the period in which these disconnects happened.
        within_seconds: u32,
        /// Why the connection broke the last time.
        reason: Reason,
    },
    /// A message arrived.
    #[serde(rename = "message.received")]
    MessageReceived {
        /// The message.
        message: Box<Message>,
    },
    /// The account's owner sent a message from the phone or from another linked device.
    #[serde(rename = "message.echo")]
    MessageEcho {
        /// The message.
        message: Box<Message>,
    },
    /// The API accepted a message for sending. With this event, every program also sees the messages that other
    /// programs send.
    #[serde(rename = "message.accepted")]
    MessageAccepted {
        /// The message.
        message: Box<Message>,
    },
    /// The status of an outbound message changed.
    #[serde(rename = "message.status")]
    MessageStatus {
        /// The message's id.
        message_id: MessageId,
        /// The message's id at WhatsApp.
        wa_message_id: Option<String>,
        /// The reference that the caller chose. The caller recognises the message by this reference.
        client_reference: Option<String>,
        /// The chat of the message.
        chat: Box<Chat>,
        /// The new status.
        status: MessageStatus,
        /// The previous status.
        previous_status: MessageStatus,
        /// In a direct chat, the person whose device caused the change.
        recipient: Option<Box<Person>>,
        /// Why the message failed.
        failure: Option<Failure>,
        /// When the status changed.
        at: Timestamp,
    },
    /// An inbound message could not be decrypted.
    #[serde(rename = "message.undecryptable")]
    MessageUndecryptable {
        /// The message, without content.
        message: Box<Message>,
    },
    /// Somebody reacted to a message, or removed a reaction.
    #[serde(rename = "message.reaction")]
    MessageReaction {
        /// The message that the reaction is on; null if this server never had it.
        message_id: Option<MessageId>,
        /// The message's id at WhatsApp.
        wa_message_id: Option<String>,
        /// The chat of the message.
        chat: Box<Chat>,
        /// Who reacted.
        sender: Box<Person>,
        /// The emoji; empty if the reaction was removed.
        emoji: String,
        /// When the person reacted.
        at: Timestamp,
    },
    /// The text of a message changed.
    #[serde(rename = "message.edited")]
    MessageEdited {
        /// The message as it is now.
        message: Box<Message>,
    },
    /// A message was revoked.
    #[serde(rename = "message.revoked")]
    MessageRevoked {
        /// The message; null if this server never had it.
        message_id: Option<MessageId>,
        /// The message's id at WhatsApp.
        wa_message_id: Option<String>,
        /// The chat of the message.
        chat: Box<Chat>,
        /// Who revoked the message: its sender or an admin of the group.
        by: Box<Person>,
        /// When the message was revoked.
        at: Timestamp,
    },
    /// The server now has the file of a message.
    #[serde(rename = "media.ready")]
    MediaReady {
        /// The message that has the file.
        message_id: MessageId,
        /// The chat of the message.
        chat: Box<Chat>,
        /// Who wrote the message.
        sender: Box<Person>,
        /// The file.
        media: Box<Media>,
    },
    /// The server could not fetch the file of a message.
    #[serde(rename = "media.failed")]
    MediaFailed {
        /// The message that has the file.
        message_id: MessageId,
        /// The chat of the message.
        chat: Box<Chat>,
        /// Who wrote the message.
        sender: Box<Person>,
        /// Why the server could not fetch the file.
        failure: Failure,
    },
    /// A chat changed.
    #[serde(rename = "chat.updated")]
    ChatUpdated {
        /// The chat as it is now.
        chat: Box<Chat>,
        /// The names of the changed fields, as in the API.
        changed: Vec<String>,
    },
    /// WhatsApp revealed that two chats are the same chat. They were merged.
    #[serde(rename = "chat.merged")]
    ChatMerged {
        /// The chat that remains.
        chat: Box<Chat>,
        /// The id of the chat that was merged into `chat`. The API still accepts this id.
        merged_chat_id: ChatId,
    },
    /// A contact's names or addresses changed.
    #[serde(rename = "contact.updated")]
    ContactUpdated {
        /// The contact with its new data.
        contact: Box<Person>,
        /// The names of the changed fields, as in the API.
        changed: Vec<String>,
    },
    /// WhatsApp revealed that two contacts are the same person. They were merged.
    #[serde(rename = "contact.merged")]
    ContactMerged {
        /// The contact that remains.
        contact: Box<Person>,
        /// The id of the contact that was merged into `contact`. The API still accepts this id.
        merged_contact_id: ContactId,
    },
    /// A contact's data was erased.
    #[serde(rename = "contact.erased")]
    ContactErased {
        /// The id of the erased contact.
        contact_id: ContactId,
    },
    /// An event of any type. Its data was erased together with the person that the event was about.
    #[serde(untagged)]
    Erased(Erased),
}

/// The status before a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusBefore {
    /// The connection state.
    pub state: ConnectionStatus,
    /// The reason for the state.
    pub reason: Reason,
    /// When the status began.
    pub since: Timestamp,
}

impl Payload {
    /// The event for the change from `from` to `to`. If a clock was set back, the duration of `from` is zero instead of
    /// negative.
    pub fn status(from: Option<&Status>, to: &Status) -> Self {
        let lasted = from.map(|from| to.since.duration_since(from.since).as_millis());
        Self::AccountStatus {
            from: from.map(|from| StatusBefore { state: from.state, reason: from.reason, since: from.since }),
            to: to.clone(),
            duration_ms: lasted.map(|millis| u64::try_from(millis).unwrap_or(0)),
        }
    }

    /// The type of the event.
    pub const fn event_type(&self) -> EventType {
        match self {
            Self::AccountCreated { .. } => EventType::AccountCreated,
            Self::AccountUpdated { .. } => EventType::AccountUpdated,
            Self::AccountDeleted { .. } => EventType::AccountDeleted,
            Self::AccountStatus { .. } => EventType::AccountStatus,
            Self::AccountQr { .. } => EventType::AccountQr,
            Self::AccountLinked { .. } => EventType::AccountLinked,
            Self::AccountProfile { .. } => EventType::AccountProfile,
            Self::AccountHealth { .. } => EventType::AccountHealth,
            Self::AccountRestriction(_) => EventType::AccountRestriction,
            Self::AccountPhoneOffline { .. } => EventType::AccountPhoneOffline,
            Self::AccountReconnectLoop { .. } => EventType::AccountReconnectLoop,
            Self::MessageReceived { .. } => EventType::MessageReceived,
            Self::MessageEcho { .. } => EventType::MessageEcho,
            Self::MessageAccepted { .. } => EventType::MessageAccepted,
            Self::MessageStatus { .. } => EventType::MessageStatus,
            Self::MessageUndecryptable { .. } => EventType::MessageUndecryptable,
            Self::MessageReaction { .. } => EventType::MessageReaction,
            Self::MessageEdited { .. } => EventType::MessageEdited,
            Self::MessageRevoked { .. } => EventType::MessageRevoked,
            Self::MediaReady { .. } => EventType::MediaReady,
            Self::MediaFailed { .. } => EventType::MediaFailed,
            Self::ChatUpdated { .. } => EventType::ChatUpdated,
            Self::ChatMerged { .. } => EventType::ChatMerged,
            Self::ContactUpdated { .. } => EventType::ContactUpdated,
            Self::ContactMerged { .. } => EventType::ContactMerged,
            Self::ContactErased { .. } => EventType::ContactErased,
            Self::Erased(erased) => erased.event_type(),
        }
    }

    /// The type of the chat in which the event happened, if it happened in a chat.
    pub fn chat_type(&self) -> Option<ChatType> {
        self.chat().map(|chat| chat.kind)
    }

    /// The people that the event names. When a person is erased, the events that name the person are found this
    /// way.
    pub fn people(&self) -> Vec<ContactId> {
        let mut people = Vec::new();
        match self {
            Self::MessageReceived { message }
            | Self::MessageEcho { message }
            | Self::MessageAccepted { message }
            | Self::MessageUndecryptable { message }
            | Self::MessageEdited { message } => {
                people.push(message.sender.id);
                people.extend(message.chat.person.iter().map(|person| person.id));
                people.extend(message.mentions.iter().map(|person| person.id));
                people.extend(message.reactions.iter().map(|reaction| reaction.sender.id));
                let replied = message.reply_to.as_ref().and_then(|reply| reply.sender.as_ref());
                people.extend(replied.map(|person| person.id));
            }
            Self::MessageStatus { chat, recipient, .. } => {
                people.extend(chat.person.iter().map(|person| person.id));
                people.extend(recipient.iter().map(|person| person.id));
            }
            Self::MessageReaction { chat, sender: person, .. }
            | Self::MediaReady { chat, sender: person, .. }
            | Self::MediaFailed { chat, sender: person, .. }
            | Self::MessageRevoked { chat, by: person, .. } => {
                people.extend(chat.person.iter().map(|person| person.id));
                people.push(person.id);
            }
            Self::ChatUpdated { chat, .. } | Self::ChatMerged { chat, .. } => {
                people.extend(chat.person.iter().map(|person| person.id));
            }
            Self::ContactUpdated { contact, .. } => people.push(contact.id),
            Self::ContactMerged { contact, merged_contact_id } => {
                people.extend([contact.id, *merged_contact_id]);
            }
            _ => {}
        }
        people
    }

    /// The chat in which the event happened, if it happened in a chat.
    pub fn chat(&self) -> Option<&Chat> {
        match self {
            Self::MessageReceived { message }
            | Self::MessageEcho { message }
            | Self::MessageAccepted { message }
            | Self::MessageUndecryptable { message }
            | Self::MessageEdited { message } => Some(&message.chat),
            Self::MessageStatus { chat, .. }
            | Self::MessageReaction { chat, .. }
            | Self::MessageRevoked { chat, .. }
            | Self::MediaReady { chat, .. }
            | Self::MediaFailed { chat, .. }
            | Self::ChatUpdated { chat, .. }
            | Self::ChatMerged { chat, .. } => Some(chat),
            _ => None,
        }
    }

    /// Whether the event is kept when its account is deleted.
    pub const fn outlives_its_account(&self) -> bool {
        matches!(self, Self::AccountDeleted { .. })
    }
}
