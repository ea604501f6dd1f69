//! What each type of event carries. Stored payloads are read for as long as they are kept: fields are added, as
//! optional ones, and never renamed or removed.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Erased, EventType};
use crate::account::{DisplayName, Restriction};
use crate::health::{Finding, HealthStatus};
use crate::id::{ChatId, ContactId, MessageId};
use crate::message::{Chat, ChatType, Failure, Media, Message, MessageStatus, Person};
use crate::phone::{Lid, PhoneNumber};
use crate::status::{ConnectionStatus, Reason, Status};

/// What happened. In JSON the variant is `type` and its fields are `data`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data", rename_all_fields = "camelCase")]
pub enum Payload {
    /// An account was created.
    #[serde(rename = "account.created")]
    AccountCreated {
        /// What it is called.
        display_name: DisplayName,
    },
    /// Somebody changed its settings.
    #[serde(rename = "account.updated")]
    AccountUpdated {
        /// The API's names of what is different now. The values are asked for: some are secrets.
        fields: Vec<String>,
    },
    /// The account was deleted. The only event about it that is left.
    #[serde(rename = "account.deleted")]
    AccountDeleted {
        /// What it was called.
        display_name: DisplayName,
    },
    /// Its status changed. Made with [`Payload::status`].
    #[serde(rename = "account.status")]
    AccountStatus {
        /// What was before; null at its beginning.
        from: Option<StatusBefore>,
        /// What is now.
        to: Status,
        /// How long `from` held, in milliseconds.
        duration_ms: Option<u64>,
    },
    /// There is a new QR code to show. Its text is not here: it carries a key, and is fetched from the API.
    #[serde(rename = "account.qr")]
    AccountQr {
        /// End of the window: no code of this pairing works after it.
        qr_code_expiry: Timestamp,
        /// When the next code replaces this one.
        refresh_at: Timestamp,
    },
    /// A phone linked it.
    #[serde(rename = "account.linked")]
    AccountLinked {
        /// Its number, where WhatsApp told it.
        phone_number: Option<PhoneNumber>,
        /// Its hidden form.
        lid: Option<Lid>,
        /// What it calls itself.
        push_name: Option<String>,
    },
    /// Its name or picture at WhatsApp changed.
    #[serde(rename = "account.profile")]
    AccountProfile {
        /// What it calls itself.
        push_name: Option<String>,
        /// WhatsApp's id of its picture.
        picture_id: Option<String>,
    },
    /// Its health is of another level now.
    #[serde(rename = "account.health")]
    AccountHealth {
        /// The level before.
        from: HealthStatus,
        /// The level now.
        to: HealthStatus,
        /// Why, the worst first.
        reasons: Vec<Finding>,
    },
    /// WhatsApp holds it back from other things than before.
    #[serde(rename = "account.restriction")]
    AccountRestriction(Restriction),
    /// Its phone was not heard of for long.
    #[serde(rename = "account.phone_offline")]
    AccountPhoneOffline {
        /// When it last was.
        last_seen_at: Timestamp,
        /// How bad that is: Warning or Critical.
        level: HealthStatus,
    },
    /// Its connection breaks again and again.
    #[serde(rename = "account.reconnect_loop")]
    AccountReconnectLoop {
        /// So many times
        disconnects: u32,
        /// in so many seconds,
        within_seconds: u32,
        /// the last time for this reason.
        reason: Reason,
    },
    /// A message came in.
    #[serde(rename = "message.received")]
    MessageReceived {
        /// The message.
        message: Box<Message>,
    },
    /// The account's owner wrote on the phone or on another linked device.
    #[serde(rename = "message.echo")]
    MessageEcho {
        /// The message.
        message: Box<Message>,
    },
    /// A program's message was accepted, so that every consumer sees what another one sends.
    #[serde(rename = "message.accepted")]
    MessageAccepted {
        /// The message.
        message: Box<Message>,
    },
    /// An outbound message has another status.
    #[serde(rename = "message.status")]
    MessageStatus {
        /// Which message.
        message_id: MessageId,
        /// Its id at WhatsApp.
        wa_message_id: Option<String>,
        /// What the caller gave to find it by.
        client_reference: Option<String>,
        /// Where it was written.
        chat: Box<Chat>,
        /// What is now.
        status: MessageStatus,
        /// What was before.
        previous_status: MessageStatus,
        /// Whose device told, in a direct chat.
        recipient: Option<Box<Person>>,
        /// Why it failed.
        failure: Option<Failure>,
        /// When it happened.
        at: Timestamp,
    },
    /// A message came in that could not be decrypted.
    #[serde(rename = "message.undecryptable")]
    MessageUndecryptable {
        /// The message, without content.
        message: Box<Message>,
    },
    /// Somebody reacted to a message, or took that back.
    #[serde(rename = "message.reaction")]
    MessageReaction {
        /// The message that was reacted to; null where this server never had it.
        message_id: Option<MessageId>,
        /// Its id at WhatsApp.
        wa_message_id: Option<String>,
        /// Where it was written.
        chat: Box<Chat>,
        /// Who reacted.
        sender: Box<Person>,
        /// With what; empty where it was taken back.
        emoji: String,
        /// When.
        at: Timestamp,
    },
    /// A message has another text.
    #[serde(rename = "message.edited")]
    MessageEdited {
        /// The message as it is now.
        message: Box<Message>,
    },
    /// A message was taken back.
    #[serde(rename = "message.revoked")]
    MessageRevoked {
        /// The message; null where this server never had it.
        message_id: Option<MessageId>,
        /// Its id at WhatsApp.
        wa_message_id: Option<String>,
        /// Where it was written.
        chat: Box<Chat>,
        /// Who took it back: its sender or an admin of the group.
        by: Box<Person>,
        /// When.
        at: Timestamp,
    },
    /// The file of a message is here.
    #[serde(rename = "media.ready")]
    MediaReady {
        /// The message that carries it.
        message_id: MessageId,
        /// Where it was written.
        chat: Box<Chat>,
        /// Who wrote it.
        sender: Box<Person>,
        /// The file.
        media: Box<Media>,
    },
    /// The file of a message could not be had.
    #[serde(rename = "media.failed")]
    MediaFailed {
        /// The message that carries it.
        message_id: MessageId,
        /// Where it was written.
        chat: Box<Chat>,
        /// Who wrote it.
        sender: Box<Person>,
        /// Why.
        failure: Failure,
    },
    /// A chat changed.
    #[serde(rename = "chat.updated")]
    ChatUpdated {
        /// The chat as it is now.
        chat: Box<Chat>,
        /// The API's names of what is different.
        changed: Vec<String>,
    },
    /// Two chats turned out to be one.
    #[serde(rename = "chat.merged")]
    ChatMerged {
        /// The one that stays.
        chat: Box<Chat>,
        /// The other one's id, which keeps working.
        merged_chat_id: ChatId,
    },
    /// A person's names or addresses changed.
    #[serde(rename = "contact.updated")]
    ContactUpdated {
        /// The person as they are known now.
        contact: Box<Person>,
        /// The API's names of what is different.
        changed: Vec<String>,
    },
    /// Two people turned out to be one.
    #[serde(rename = "contact.merged")]
    ContactMerged {
        /// The one that stays.
        contact: Box<Person>,
        /// The other one's id, which keeps working.
        merged_contact_id: ContactId,
    },
    /// A person's data was erased.
    #[serde(rename = "contact.erased")]
    ContactErased {
        /// Whose.
        contact_id: ContactId,
    },
    /// An event of any type whose data was erased with the person that it was about.
    #[serde(untagged)]
    Erased(Erased),
}

/// The status before a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusBefore {
    /// One of four.
    pub state: ConnectionStatus,
    /// Why.
    pub reason: Reason,
    /// Since when.
    pub since: Timestamp,
}

impl Payload {
    /// The change from `from`, which held until `to` began. A clock that was set back makes that zero, not less.
    pub fn status(from: Option<&Status>, to: &Status) -> Self {
        let lasted = from.map(|from| to.since.duration_since(from.since).as_millis());
        Self::AccountStatus {
            from: from.map(|from| StatusBefore { state: from.state, reason: from.reason, since: from.since }),
            to: to.clone(),
            duration_ms: lasted.map(|millis| u64::try_from(millis).unwrap_or(0)),
        }
    }

    /// Its type.
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

    /// What kind of chat it happened in, where it happened in one.
    pub fn chat_type(&self) -> Option<ChatType> {
        self.chat().map(|chat| chat.kind)
    }

    /// The people that it tells of, so that erasing one finds it.
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

    /// The chat that it is about, where it is about one and says so.
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

    /// Whether the event stays when its account is deleted.
    pub const fn outlives_its_account(&self) -> bool {
        matches!(self, Self::AccountDeleted { .. })
    }
}
