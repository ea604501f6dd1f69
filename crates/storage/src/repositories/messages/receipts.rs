//! Receipts: who has received, read and played an outbound message.

use linekeeper_model::Timestamp;
use linekeeper_model::id::{ContactId, MessageId};
use linekeeper_model::message::ReceiptKind;

use super::Messages;
use crate::error::StorageError;
use crate::repositories::code::{Reader, millis};

/// What the devices of one contact have reported about a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageReceipt {
    /// The contact.
    pub contact_id: ContactId,
    /// When a device of the contact received the message.
    pub delivered_at: Option<Timestamp>,
    /// When the person read the message.
    pub read_at: Option<Timestamp>,
    /// When the person played the message.
    pub played_at: Option<Timestamp>,
}

impl Messages<'_> {
    /// Stores what a contact's device has reported. If the same thing was reported before, the first time is kept.
    pub async fn add_receipt(
        &mut self,
        message: MessageId,
        contact: ContactId,
        kind: ReceiptKind,
        at: Timestamp,
    ) -> Result<(), StorageError> {
        const SQL: &str =
            "INSERT INTO message_receipts (message_id, contact_id, delivered_at, read_at, played_at)
            VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (message_id, contact_id) DO UPDATE SET
                delivered_at = COALESCE(message_receipts.delivered_at, excluded.delivered_at),
                read_at = COALESCE(message_receipts.read_at, excluded.read_at),
                played_at = COALESCE(message_receipts.played_at, excluded.played_at)";
        let (message, contact) = (message.to_string(), contact.to_string());
        let when = |wanted: ReceiptKind| (kind == wanted).then(|| millis(at));
        let values = [
            message.as_str().into(),
            contact.as_str().into(),
            when(ReceiptKind::Delivered).into(),
            when(ReceiptKind::Read).into(),
            when(ReceiptKind::Played).into(),
        ];
        self.0.connection.execute(SQL, &values).await?;
        Ok(())
    }

    /// Notes that a message was sent to a contact whose devices have not reported anything yet.
    pub async fn add_member(&mut self, message: MessageId, contact: ContactId) -> Result<(), StorageError> {
        const SQL: &str = "INSERT INTO message_receipts (message_id, contact_id) VALUES ($1, $2)
            ON CONFLICT (message_id, contact_id) DO NOTHING";
        let (message, contact) = (message.to_string(), contact.to_string());
        self.0.connection.execute(SQL, &[message.as_str().into(), contact.as_str().into()]).await?;
        Ok(())
    }

    /// The status that the message has reached for all its recipients; `None` until each of them has reported
    /// something.
    pub async fn told_by_all(&mut self, message: MessageId) -> Result<Option<ReceiptKind>, StorageError> {
        const SQL: &str =
            "SELECT COUNT(*) AS members, COUNT(COALESCE(delivered_at, read_at, played_at)) AS delivered,
                COUNT(COALESCE(read_at, played_at)) AS seen, COUNT(played_at) AS played
            FROM message_receipts WHERE message_id = $1";
        let row = self.0.connection.fetch_one(SQL, &[message.to_string().as_str().into()]).await?;
        let count = |column| Reader(&row).count(column);
        let members = count("members")?;
        Ok(match members {
            0 => None,
            _ if count("played")? == members => Some(ReceiptKind::Played),
            _ if count("seen")? == members => Some(ReceiptKind::Read),
            _ if count("delivered")? == members => Some(ReceiptKind::Delivered),
            _ => None,
        })
    }

    /// The receipts of a message, one for each contact.
    pub async fn receipts(&mut self, message: MessageId) -> Result<Vec<MessageReceipt>, StorageError> {
        const SQL: &str = "SELECT contact_id, delivered_at, read_at, played_at FROM message_receipts
            WHERE message_id = $1 ORDER BY contact_id";
        let message = message.to_string();
        let rows = self.0.connection.fetch_all(SQL, &[message.as_str().into()]).await?;
        let receipt = |row| {
            let row = Reader(row);
            Ok(MessageReceipt {
                contact_id: row.parse("contact_id")?,
                delivered_at: row.optional_time("delivered_at")?,
                read_at: row.optional_time("read_at")?,
                played_at: row.optional_time("played_at")?,
            })
        };
        rows.iter().map(receipt).collect()
    }
}
