//! Converts a message to the columns of its row and back.

use linekeeper_model::Timestamp;
use linekeeper_model::id::{ChatId, ContactId, MessageId};
use linekeeper_model::message::{CreatedBy, Detail, Direction, MessageStatus, Origin, Priority, ReceivedVia};

use crate::account_key::AccountKey;
use crate::db::Value;
use crate::error::StorageError;
use crate::repositories::code::{Reader, millis, text};
use crate::seal::Tag;

const DETAIL: &str = "message";
const WIRE: &str = "message.wire";
const WA_ID: &str = "message.wa_id";
const REFERENCE: &str = "message.reference";

pub(super) const COLUMNS: &str =
    "id, chat_id, sender_id, direction, origin, actor_kind, actor_id, status, status_at,
    received_via, priority, send_at, due_at, expires_at, place, attempts, timestamp, created_at, detail";

/// A message, as its row stores it. The row names the message's chat and people by their ids.
#[derive(Debug, Clone, PartialEq)]
pub struct MessageRow {
    /// The message's id.
    pub id: MessageId,
    /// The chat of the message.
    pub chat_id: ChatId,
    /// The contact who wrote the message.
    pub sender_id: ContactId,
    /// Whether the message is inbound or outbound.
    pub direction: Direction,
    /// From where the message was sent.
    pub origin: Origin,
    /// The user or API key that sent the message, if a caller sent it.
    pub created_by: Option<CreatedBy>,
    /// The encrypted part of the row.
    pub detail: Detail,
    /// The status of the message.
    pub status: MessageStatus,
    /// When the message got this status.
    pub status_at: Timestamp,
    /// How the message reached this server.
    pub received_via: Option<ReceivedVia>,
    /// Whether the message is sent before waiting messages of other chats.
    pub priority: Option<Priority>,
    /// When the caller wants the message to be sent, if the caller gave a time.
    pub send_at: Option<Timestamp>,
    /// When the message is due to be sent.
    pub due_at: Option<Timestamp>,
    /// When the server gives the message up, if it is not sent by then.
    pub expires_at: Option<Timestamp>,
    /// The message's position in the queue.
    pub place: Option<i64>,
    /// How many times the server has tried to send the message.
    pub attempts: u32,
    /// When the message was sent, according to WhatsApp. For an outbound message that was not sent yet, the time
    /// at which the API accepted it.
    pub timestamp: Timestamp,
    /// When the message was stored.
    pub created_at: Timestamp,
}

/// The column values that must live as long as the statement that uses them.
pub(super) struct Sealed {
    id: String,
    account: String,
    chat: String,
    sender: String,
    wa_tag: Option<Tag>,
    reference_tag: Option<Tag>,
    direction: String,
    origin: String,
    actor_id: Option<String>,
    status: String,
    received_via: Option<String>,
    priority: Option<String>,
    detail: Vec<u8>,
    wire: Option<Vec<u8>>,
}

impl Sealed {
    pub(super) fn of(row: &MessageRow, wire: &[u8], key: &AccountKey) -> Self {
        let detail = &row.detail;
        Self {
            id: row.id.to_string(),
            account: key.account().to_string(),
            chat: row.chat_id.to_string(),
            sender: row.sender_id.to_string(),
            wa_tag: detail.wa_message_id.as_deref().map(|id| wa_tag(key, id)),
            reference_tag: detail.client_reference.as_deref().map(|reference| reference_tag(key, reference)),
            direction: text(row.direction),
            origin: text(row.origin),
            actor_id: row.created_by.as_ref().and_then(|by| by.id).map(|id| id.to_string()),
            status: text(row.status),
            received_via: row.received_via.map(text),
            priority: row.priority.map(text),
            detail: key.seal_json(DETAIL, row.id.as_bytes(), detail),
            wire: (!wire.is_empty()).then(|| seal_wire(key, row.id, wire)),
        }
    }

    pub(super) fn values<'s>(&'s self, row: &'s MessageRow) -> [Value<'s>; 25] {
        let kind = row.detail.content.kind();
        [
            self.id.as_str().into(),
            self.account.as_str().into(),
            self.chat.as_str().into(),
            self.sender.as_str().into(),
            self.wa_tag.as_ref().map(Tag::as_bytes).into(),
            self.reference_tag.as_ref().map(Tag::as_bytes).into(),
            self.direction.as_str().into(),
            self.origin.as_str().into(),
            row.created_by.as_ref().map(|by| by.kind.as_str()).into(),
            self.actor_id.as_deref().into(),
            kind.code().into(),
            i64::from(kind.is_act()).into(),
            self.status.as_str().into(),
            millis(row.status_at).into(),
            self.received_via.as_deref().into(),
            self.priority.as_deref().into(),
            row.send_at.map(millis).into(),
            row.due_at.map(millis).into(),
            row.expires_at.map(millis).into(),
            row.place.into(),
            i64::from(row.attempts).into(),
            millis(row.timestamp).into(),
            millis(row.created_at).into(),
            self.detail.as_slice().into(),
            self.wire.as_deref().into(),
        ]
    }

    pub(super) fn mutable<'s>(&'s self, row: &'s MessageRow) -> [Value<'s>; 12] {
        [
            self.id.as_str().into(),
            self.account.as_str().into(),
            row.detail.content.kind().code().into(),
            self.status.as_str().into(),
            millis(row.status_at).into(),
            self.received_via.as_deref().into(),
            row.place.into(),
            i64::from(row.attempts).into(),
            millis(row.timestamp).into(),
            self.detail.as_slice().into(),
            row.expires_at.map(millis).into(),
            row.due_at.map(millis).into(),
        ]
    }
}

pub(super) fn wa_tag(key: &AccountKey, id: &str) -> Tag {
    key.cipher.tag(WA_ID, &[id.as_bytes()])
}

pub(super) fn reference_tag(key: &AccountKey, reference: &str) -> Tag {
    key.cipher.tag(REFERENCE, &[reference.as_bytes()])
}

pub(super) fn seal_wire(key: &AccountKey, id: MessageId, wire: &[u8]) -> Vec<u8> {
    key.cipher.seal(WIRE, &AccountKey::row(id.as_bytes()), wire)
}

pub(super) fn open_wire(key: &AccountKey, id: MessageId, record: &[u8]) -> Result<Vec<u8>, StorageError> {
    key.open(WIRE, id.as_bytes(), record)
}

pub(super) fn message(row: &Reader<'_>, key: &AccountKey) -> Result<MessageRow, StorageError> {
    let id: MessageId = row.parse("id")?;
    let detail: Vec<u8> = row.get("detail")?;
    let texts = |column: &'static str| -> Result<Option<String>, StorageError> { row.get(column) };
    let created_by = match texts("actor_kind")? {
        Some(kind) => {
            let id = texts("actor_id")?.map(|_| row.parse("actor_id")).transpose()?;
            Some(CreatedBy { kind, id })
        }
        None => None,
    };
    Ok(MessageRow {
        id,
        chat_id: row.parse("chat_id")?,
        sender_id: row.parse("sender_id")?,
        direction: row.code("direction")?,
        origin: row.code("origin")?,
        created_by,
        detail: key.open_json(DETAIL, id.as_bytes(), &detail)?,
        status: row.code("status")?,
        status_at: row.time("status_at")?,
        received_via: texts("received_via")?.map(|_| row.code("received_via")).transpose()?,
        priority: texts("priority")?.map(|_| row.code("priority")).transpose()?,
        send_at: row.optional_time("send_at")?,
        due_at: row.optional_time("due_at")?,
        expires_at: row.optional_time("expires_at")?,
        place: row.get("place")?,
        attempts: row.count("attempts")?,
        timestamp: row.time("timestamp")?,
        created_at: row.time("created_at")?,
    })
}
