//! The queue of outgoing mails. A mail is encrypted, because it names a person and may contain a secret link. The
//! time of the next attempt is not encrypted.

use linekeeper_model::Timestamp;
use linekeeper_model::id::MailId;
use linekeeper_model::mail::Mail;

use super::code::{Reader, millis};
use crate::error::StorageError;
use crate::seal::Tag;
use crate::tx::Scope;

const MESSAGE: &str = "mail.message";

/// The `mail` table.
pub struct MailQueue<'t>(pub(crate) Scope<'t>);

/// The part of a queued mail that is not encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueuedMail {
    /// The mail's id.
    pub id: MailId,
    /// When the mail was added to the queue.
    pub created_at: Timestamp,
    /// When the next attempt to send the mail is due.
    pub next_try_at: Timestamp,
    /// How many times the server has tried to send the mail.
    pub attempts: u32,
}

impl MailQueue<'_> {
    /// Adds a mail that is due at once. It is not sent before the transaction is committed.
    pub async fn insert(&mut self, id: MailId, mail: &Mail) -> Result<(), StorageError> {
        const SQL: &str = "INSERT INTO mail (id, message, created_at, next_try_at, attempts)
            VALUES ($1, $2, $3, $3, 0)";
        let message = serde_json::to_vec(mail).expect("a mail is made of texts");
        let sealed = self.0.context.cipher.seal(MESSAGE, &row_tag(id), &message);
        let now = millis(self.0.context.clock.now());
        let id = id.to_string();
        self.0.connection.execute(SQL, &[id.as_str().into(), sealed.as_slice().into(), now.into()]).await?;
        Ok(())
    }

    /// The mail whose next attempt is due first. That time may be in the future.
    pub async fn next(&mut self) -> Result<Option<QueuedMail>, StorageError> {
        const SQL: &str =
            "SELECT id, created_at, next_try_at, attempts FROM mail ORDER BY next_try_at, id LIMIT 1";
        let Some(row) = self.0.connection.fetch_optional(SQL, &[]).await? else { return Ok(None) };
        let row = Reader(&row);
        Ok(Some(QueuedMail {
            id: row.parse("id")?,
            created_at: row.time("created_at")?,
            next_try_at: row.time("next_try_at")?,
            attempts: row.count("attempts")?,
        }))
    }

    /// Reserves the attempt that is due now, so that only this process makes it. If the attempt fails, the following
    /// attempt is due at `next_try_at`. Returns false if another process has reserved the attempt.
    pub async fn claim(&mut self, mail: &QueuedMail, next_try_at: Timestamp) -> Result<bool, StorageError> {
        const SQL: &str = "UPDATE mail SET attempts = attempts + 1, next_try_at = $3
            WHERE id = $1 AND attempts = $2";
        let id = mail.id.to_string();
        let values = [id.as_str().into(), i64::from(mail.attempts).into(), millis(next_try_at).into()];
        Ok(self.0.connection.execute(SQL, &values).await? > 0)
    }

    /// The content of the mail; `None` if the mail was deleted.
    pub async fn message(&mut self, id: MailId) -> Result<Option<Mail>, StorageError> {
        const SQL: &str = "SELECT message FROM mail WHERE id = $1";
        let row = self.0.connection.fetch_optional(SQL, &[id.to_string().as_str().into()]).await?;
        let Some(row) = row else { return Ok(None) };
        let sealed: Vec<u8> = Reader(&row).get("message")?;
        let message = self.0.context.cipher.open(MESSAGE, &row_tag(id), &sealed);
        let message = message.map_err(|error| StorageError::unreadable("mail", error))?;
        serde_json::from_slice(&message).map(Some).map_err(|error| StorageError::unreadable("mail", error))
    }

    /// Deletes a mail, because the mail server accepted it or the server gives it up.
    pub async fn delete(&mut self, id: MailId) -> Result<(), StorageError> {
        const SQL: &str = "DELETE FROM mail WHERE id = $1";
        self.0.connection.execute(SQL, &[id.to_string().as_str().into()]).await?;
        Ok(())
    }
}

/// The part of the associated data that binds the encrypted mail to its row.
const fn row_tag(id: MailId) -> Tag {
    Tag::from_bytes(*id.as_bytes())
}
