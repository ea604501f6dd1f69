//! Converts an event to the columns of its row and back. The encrypted payload is bound to its event: it cannot be
//! decrypted for another event. The type of the event and the type of its chat are not encrypted, because queries
//! filter by them.

use linekeeper_model::event::{Event, NewEvent, Payload, Seq};
use linekeeper_model::id::{AccountId, EventId};
use linekeeper_model::message::ChatType;
use serde::{Deserialize, Serialize};

use crate::db::Value;
use crate::error::StorageError;
use crate::repositories::code::{Reader, millis};
use crate::seal::{Cipher, Tag};

const PAYLOAD: &str = "event.payload";

/// The encrypted part of the row.
#[derive(Serialize, Deserialize)]
struct Content<P> {
    #[serde(flatten)]
    payload: P,
    /// The account of an event that must stay when the account is deleted. Rows that name an account in a column are
    /// deleted together with the account. So the row of such an event names the account only here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    account_id: Option<AccountId>,
}

/// The column values that must live as long as the statement that uses them.
pub(super) struct SealedEvent {
    id: String,
    workspace: String,
    account: Option<String>,
    chat_type: Option<&'static str>,
    payload: Vec<u8>,
}

impl SealedEvent {
    pub(super) fn of(event: &NewEvent, cipher: &Cipher) -> Self {
        let outlives = event.payload.outlives_its_account();
        let content = Content { payload: &event.payload, account_id: event.account_id.filter(|_| outlives) };
        let content = serde_json::to_vec(&content).expect("a payload is made of texts, numbers and times");
        Self {
            id: event.id.to_string(),
            workspace: event.workspace_id.to_string(),
            account: event.account_id.filter(|_| !outlives).map(|id| id.to_string()),
            chat_type: event.payload.chat_type().map(ChatType::code),
            payload: cipher.seal(PAYLOAD, &row_tag(event.id), &content),
        }
    }

    pub(super) fn values<'s>(&'s self, event: &NewEvent, seq: Seq) -> [Value<'s>; 8] {
        [
            number(seq).into(),
            self.id.as_str().into(),
            self.workspace.as_str().into(),
            self.account.as_deref().into(),
            event.payload.event_type().code().into(),
            self.chat_type.into(),
            millis(event.occurred_at).into(),
            self.payload.as_slice().into(),
        ]
    }
}

/// Encrypts the data of an event that is deleted together with its account.
pub(super) fn seal(id: EventId, payload: &Payload, cipher: &Cipher) -> Vec<u8> {
    let content = serde_json::to_vec(&Content { payload, account_id: None });
    cipher.seal(PAYLOAD, &row_tag(id), &content.expect("a payload is made of texts, numbers and times"))
}

pub(in crate::repositories) fn event(row: &Reader<'_>, cipher: &Cipher) -> Result<Event, StorageError> {
    let id: EventId = row.parse("id")?;
    let record: Vec<u8> = row.get("payload")?;
    let content = cipher.open(PAYLOAD, &row_tag(id), &record);
    let content = content.map_err(|error| StorageError::unreadable("event", error))?;
    let Content { payload, account_id }: Content<Payload> =
        serde_json::from_slice(&content).map_err(|error| StorageError::unreadable("event", error))?;
    let pointed_to = row.get::<Option<String>>("account_id")?.map(|_| row.parse("account_id")).transpose()?;
    Ok(Event {
        id,
        seq: seq(row, "seq")?,
        workspace_id: row.parse("workspace_id")?,
        account_id: pointed_to.or(account_id),
        occurred_at: row.time("occurred_at")?,
        payload,
    })
}

/// The event number as it is stored. A number that is too large for the column becomes the largest possible
/// number.
pub(in crate::repositories) fn number(seq: Seq) -> i64 {
    i64::try_from(seq.get()).unwrap_or(i64::MAX)
}

pub(in crate::repositories) fn seq(row: &Reader<'_>, column: &'static str) -> Result<Seq, StorageError> {
    let number: i64 = row.get(column)?;
    u64::try_from(number).map(Seq::new).map_err(|error| StorageError::unreadable(column, error))
}

/// The part of the associated data that binds the encrypted payload to its event, so that nobody can copy the payload
/// to another event.
const fn row_tag(id: EventId) -> Tag {
    Tag::from_bytes(*id.as_bytes())
}
