//! Retry requests: a device could not decrypt a message and asks for it again. The library acknowledges such a request
//! before it sends the message again, and WhatsApp forgets a request after the ack. So the request is stored here until
//! the device has the message.

use serde::{Deserialize, Serialize};
use wacore::store::error::StoreError;

use super::SessionStore;
use crate::seal::Tag;
use crate::vault::{Change, Kind, NewRow, VaultError};

const KIND: Kind = Kind::AskedAgain;

/// After this number of seconds, a request is deleted, because the device sends no more requests for the message.
const KEEP_SECONDS: i64 = 7 * 24 * 3600;

/// A device's request to get a message again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskedAgain {
    /// The message's id at WhatsApp.
    pub id: String,
    /// The JID of the chat, without a device.
    pub chat: String,
    /// The JID of the requesting device.
    pub device: String,
    /// The attribute `recipient` of the request. If one of the account's own devices sends the request, it names the
    /// chat.
    pub recipient: Option<String>,
    /// How many requests the device has sent, including this one.
    pub count: u8,
}

impl SessionStore {
    /// Stores a request. When this returns without an error, the request is on disk. Waits while the database is not
    /// available. A later request of the same device for the same message replaces the earlier one.
    pub async fn keep_question(&self, question: &AskedAgain) -> Result<(), StoreError> {
        self.put_in_the_end(vec![self.question(question, 0)]).await
    }

    /// Deletes requests that are too old, and returns the open requests. The number says how often the message was sent
    /// again for the request.
    pub async fn questions(&self) -> Result<Vec<(AskedAgain, u32)>, StoreError> {
        let forgotten = Change::DeleteBefore { kind: KIND, stamp: self.now() - KEEP_SECONDS };
        self.tell(self.write(forgotten).await)?;
        self.tell(self.read_questions().await)
    }

    /// Notes that the message was sent again `times` times. It is not known yet whether it arrived.
    pub async fn answered(&self, question: &AskedAgain, times: u32) -> Result<(), StoreError> {
        self.tell(self.put(vec![self.question(question, times)]).await)
    }

    /// Deletes a request, because the device has the message, or because there is no message to send.
    pub async fn settle_question(&self, id: &str, device: &str) -> Result<(), StoreError> {
        self.tell(self.delete(KIND, vec![self.question_tag(id, device)]).await)
    }

    async fn read_questions(&self) -> Result<Vec<(AskedAgain, u32)>, VaultError> {
        let rows = self.vault.all(self.session(), KIND).await?;
        let read = |row| {
            let question = serde_json::from_slice(&self.open(KIND, row)?);
            let question = question.map_err(|error| VaultError::unreadable(KIND.name(), error))?;
            Ok((question, row.number.and_then(|times| times.try_into().ok()).unwrap_or_default()))
        };
        rows.iter().map(read).collect()
    }

    fn question(&self, question: &AskedAgain, times: u32) -> NewRow {
        let json = serde_json::to_vec(question).expect("a question is text and a number");
        let tag = self.question_tag(&question.id, &question.device);
        NewRow { number: Some(times.into()), stamp: Some(self.now()), ..self.row(KIND, tag, &json) }
    }

    fn question_tag(&self, id: &str, device: &str) -> Tag {
        self.tag(KIND, &[id.as_bytes(), device.as_bytes()])
    }
}
