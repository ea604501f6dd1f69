//! Converts a delivery to the columns of its row and back. The attempts are encrypted, because the response of an
//! endpoint may contain personal data.

use linekeeper_model::event::Event;
use linekeeper_model::id::{AccountId, DeliveryId};
use linekeeper_model::webhook::{Attempt, Delivery};

use crate::error::StorageError;
use crate::repositories::code::Reader;
use crate::repositories::events::{number, open_event, seq};
use crate::seal::{Cipher, Tag};

const ATTEMPTS: &str = "webhook.attempts";

/// Selects deliveries together with their events.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT webhook_deliveries.id AS delivery_id, webhook_id, lane, status, is_replay, tries, refusals, attempts,
                next_try_at, created_at, updated_at, events.seq, events.id, events.workspace_id, events.account_id,
                events.type, events.occurred_at, events.payload
             FROM webhook_deliveries JOIN events ON events.seq = webhook_deliveries.event_seq ",
            $rest
        )
    };
}

pub(super) use select;

/// The column values that must live as long as the statement that uses them.
pub(super) struct Columns {
    pub id: String,
    pub webhook: String,
    pub seq: i64,
    pub lane: String,
    pub attempts: Option<Vec<u8>>,
}

impl Columns {
    pub(super) fn of(delivery: &Delivery, cipher: &Cipher) -> Self {
        let attempts = (!delivery.attempts.is_empty()).then(|| {
            let plain =
                serde_json::to_vec(&delivery.attempts).expect("attempts are made of texts and numbers");
            cipher.seal(ATTEMPTS, &row_tag(delivery.id), &plain)
        });
        Self {
            id: delivery.id.to_string(),
            webhook: delivery.webhook_id.to_string(),
            seq: number(delivery.seq),
            lane: lane_text(delivery.account_id),
            attempts,
        }
    }
}

pub(super) fn delivery(row: &Reader<'_>, cipher: &Cipher) -> Result<Delivery, StorageError> {
    let id: DeliveryId = row.parse("delivery_id")?;
    Ok(Delivery {
        id,
        webhook_id: row.parse("webhook_id")?,
        event_id: row.parse("id")?,
        seq: seq(row, "seq")?,
        event_type: row.parse("type")?,
        account_id: lane(row)?,
        status: row.code("status")?,
        is_replay: row.get::<i64>("is_replay")? != 0,
        attempts: attempts(row, id, cipher)?,
        tries: row.count("tries")?,
        refusals: row.count("refusals")?,
        next_try_at: row.optional_time("next_try_at")?,
        created_at: row.time("created_at")?,
        updated_at: row.time("updated_at")?,
    })
}

pub(super) fn delivery_and_event(
    row: &Reader<'_>,
    cipher: &Cipher,
) -> Result<(Delivery, Event), StorageError> {
    Ok((delivery(row, cipher)?, open_event(row, cipher)?))
}

pub(super) fn lane(row: &Reader<'_>) -> Result<Option<AccountId>, StorageError> {
    match row.get::<String>("lane")?.as_str() {
        "" => Ok(None),
        _ => row.parse("lane").map(Some),
    }
}

pub(super) fn lane_text(account: Option<AccountId>) -> String {
    account.map(|account| account.to_string()).unwrap_or_default()
}

fn attempts(row: &Reader<'_>, id: DeliveryId, cipher: &Cipher) -> Result<Vec<Attempt>, StorageError> {
    let Some(sealed) = row.get::<Option<Vec<u8>>>("attempts")? else { return Ok(Vec::new()) };
    let plain = cipher.open(ATTEMPTS, &row_tag(id), &sealed);
    let plain = plain.map_err(|error| StorageError::unreadable("delivery", error))?;
    serde_json::from_slice(&plain).map_err(|error| StorageError::unreadable("delivery", error))
}

/// The part of the associated data that binds the encrypted attempts to their row.
const fn row_tag(id: DeliveryId) -> Tag {
    Tag::from_bytes(*id.as_bytes())
}
