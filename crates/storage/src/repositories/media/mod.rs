//! The files of messages: one row for each file. The file's name and keys are encrypted with the account's key.
//! The file itself is stored elsewhere.

mod row;
mod sweep;

pub use row::{MediaDetail, MediaRow, MediaSource, MediaUpload};

use std::collections::HashMap;

use linekeeper_model::Timestamp;
use linekeeper_model::id::{ContactId, MediaId, MessageId};
use linekeeper_model::message::MediaState;
use sqlx::AssertSqlSafe;

use super::code::{Reader, millis, text};
use crate::account_key::AccountKey;
use crate::db::{Connection, Value};
use crate::error::StorageError;
use crate::tx::Scope;
use row::{COLUMNS, Sealed, media};

/// The `media` table, for one account.
pub struct MediaFiles<'t>(pub(crate) Scope<'t>, pub(crate) &'t AccountKey);

impl MediaFiles<'_> {
    /// Adds a row for a file.
    pub async fn insert(&mut self, row: &MediaRow) -> Result<(), StorageError> {
        const SQL: &str =
            "INSERT INTO media (id, account_id, message_id, source, state, size, attempts, fetch_at, expires_at,
                created_at, detail)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
        let sealed = Sealed::of(row, self.1);
        self.0.connection.execute(SQL, &sealed.values(row)).await?;
        Ok(())
    }

    /// Writes the columns that can change. Returns false if the row was deleted.
    pub async fn update(&mut self, row: &MediaRow) -> Result<bool, StorageError> {
        const SQL: &str =
            "UPDATE media SET state = $3, size = $4, attempts = $5, fetch_at = $6, expires_at = $7,
                detail = $8 WHERE id = $1 AND account_id = $2";
        let sealed = Sealed::of(row, self.1);
        Ok(self.0.connection.execute(SQL, &sealed.mutable(row)).await? > 0)
    }

    /// The file with this id.
    pub async fn get(&mut self, id: MediaId) -> Result<Option<MediaRow>, StorageError> {
        let sql = format!("SELECT {COLUMNS} FROM media WHERE id = $1 AND account_id = $2");
        let (text, account) = (id.to_string(), self.1.account().to_string());
        let values = [text.as_str().into(), account.as_str().into()];
        let row = self.0.connection.fetch_optional(AssertSqlSafe(sql), &values).await?;
        row.map(|row| media(&Reader(&row), self.1)).transpose()
    }

    /// The file with this id, to be changed. On PostgreSQL, its row is locked until the transaction ends.
    pub async fn hold(&mut self, id: MediaId) -> Result<Option<MediaRow>, StorageError> {
        if let Connection::Postgres(_) = self.0.connection {
            const LOCK: &str = "SELECT id FROM media WHERE id = $1 FOR UPDATE";
            let id = id.to_string();
            self.0.connection.execute(LOCK, &[id.as_str().into()]).await?;
        }
        self.get(id).await
    }

    /// The states of files, by id. Files whose rows were deleted are left out.
    pub async fn states(&mut self, ids: &[MediaId]) -> Result<HashMap<MediaId, MediaState>, StorageError> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let places: Vec<String> = (2..2 + ids.len()).map(|place| format!("${place}")).collect();
        let sql =
            format!("SELECT id, state FROM media WHERE account_id = $1 AND id IN ({})", places.join(", "));
        let (account, ids) = (self.1.account().to_string(), ids.iter().map(ToString::to_string));
        let ids: Vec<String> = ids.collect();
        let mut values = vec![account.as_str().into()];
        values.extend(ids.iter().map(|id| Value::from(id.as_str())));
        let rows = self.0.connection.fetch_all(AssertSqlSafe(sql), &values).await?;
        rows.iter().map(|row| Ok((Reader(row).parse("id")?, Reader(row).code("state")?))).collect()
    }

    /// Files of this source that are due to be fetched. The file that has been due for the longest time comes first.
    pub async fn to_fetch(
        &mut self,
        source: MediaSource,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<MediaId>, StorageError> {
        const SQL: &str = "SELECT id FROM media WHERE account_id = $1 AND source = $2 AND fetch_at <= $3
            ORDER BY fetch_at LIMIT $4";
        let (account, source) = (self.1.account().to_string(), text(source));
        let values =
            [account.as_str().into(), source.as_str().into(), millis(now).into(), i64::from(limit).into()];
        let rows = self.0.connection.fetch_all(SQL, &values).await?;
        rows.iter().map(|row| Reader(row).parse("id")).collect()
    }

    /// When the next file of this source is due after `now`.
    pub async fn next_fetch(
        &mut self,
        source: MediaSource,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, StorageError> {
        const SQL: &str = "SELECT MIN(fetch_at) AS fetch_at FROM media
            WHERE account_id = $1 AND source = $2 AND fetch_at > $3";
        let (account, source) = (self.1.account().to_string(), text(source));
        let values = [account.as_str().into(), source.as_str().into(), millis(now).into()];
        let row = self.0.connection.fetch_one(SQL, &values).await?;
        Reader(&row).optional_time("fetch_at")
    }

    /// Notes that a message contains an uploaded file.
    pub async fn carried_by(&mut self, id: MediaId, message: MessageId) -> Result<(), StorageError> {
        const SQL: &str = "INSERT INTO message_files (message_id, media_id) VALUES ($1, $2)";
        let (message, id) = (message.to_string(), id.to_string());
        self.0.connection.execute(SQL, &[message.as_str().into(), id.as_str().into()]).await?;
        Ok(())
    }

    /// Files that must be deleted together with a contact: files that the contact sent, and files that were sent
    /// only to the contact.
    pub async fn of_person(&mut self, person: ContactId) -> Result<Vec<MediaId>, StorageError> {
        const SQL: &str = "SELECT f.id FROM media f WHERE f.account_id = $1 AND (
              f.message_id IN (SELECT m.id FROM messages m WHERE m.account_id = $1 AND (m.sender_id = $2
                OR m.chat_id IN (SELECT id FROM chats WHERE account_id = $1 AND contact_id = $2)))
              OR (f.id IN (SELECT c.media_id FROM message_files c JOIN messages m ON m.id = c.message_id
                    WHERE m.account_id = $1 AND (m.sender_id = $2
                      OR m.chat_id IN (SELECT id FROM chats WHERE account_id = $1 AND contact_id = $2)))
                AND NOT EXISTS (SELECT 1 FROM message_files c JOIN messages m ON m.id = c.message_id
                    WHERE c.media_id = f.id AND m.sender_id <> $2
                      AND m.chat_id NOT IN (SELECT id FROM chats WHERE account_id = $1 AND contact_id = $2))))";
        let (account, person) = (self.1.account().to_string(), person.to_string());
        let rows =
            self.0.connection.fetch_all(SQL, &[account.as_str().into(), person.as_str().into()]).await?;
        rows.iter().map(|row| Reader(row).parse("id")).collect()
    }

    /// Deletes a row. It is not an error if the row does not exist.
    pub async fn remove(&mut self, id: MediaId) -> Result<(), StorageError> {
        const SQL: &str = "DELETE FROM media WHERE id = $1 AND account_id = $2";
        let (id, account) = (id.to_string(), self.1.account().to_string());
        self.0.connection.execute(SQL, &[id.as_str().into(), account.as_str().into()]).await?;
        Ok(())
    }
}
