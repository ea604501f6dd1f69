//! The rows of messages' files. What names or opens a file is sealed with the account's key; the file lies elsewhere.

use std::collections::HashSet;

use linekeeper_model::Timestamp;
use linekeeper_model::id::{AccountId, MediaId, MessageId};
use linekeeper_model::message::MediaState;
use serde::{Deserialize, Serialize};

use super::code::{Reader, millis, text};
use crate::account_key::AccountKey;
use crate::error::StorageError;
use crate::seal::FileKey;
use crate::tx::{Scope, Tx};

const DETAIL: &str = "media";
const COLUMNS: &str = "id, message_id, state, attempts, fetch_at, expires_at, created_at, detail";

/// A file's row.
#[derive(Debug, Clone)]
pub struct MediaRow {
    /// The file's id.
    pub id: MediaId,
    /// The message that brought it; none for an upload.
    pub message_id: Option<MessageId>,
    /// Whether it is here.
    pub state: MediaState,
    /// How often it was fetched in vain.
    pub attempts: u32,
    /// When it is to be fetched; none where nothing is to be fetched, or only when somebody asks for it.
    pub fetch_at: Option<Timestamp>,
    /// When it is removed for its age.
    pub expires_at: Option<Timestamp>,
    /// When the row was made.
    pub created_at: Timestamp,
    /// What is sealed of it.
    pub detail: MediaDetail,
}

/// The part of a file's row that is sealed.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MediaDetail {
    /// Opens the file; none before it is here.
    pub key: Option<FileKey>,
    /// Such as `image/jpeg`.
    pub mime_type: Option<String>,
    /// What the sender calls it.
    pub file_name: Option<String>,
    /// Bytes.
    pub size: Option<u64>,
    /// The file's SHA-256 in hex.
    pub sha256: Option<String>,
}

/// The `media` table, for one account.
pub struct MediaFiles<'t>(pub(crate) Scope<'t>, pub(crate) &'t AccountKey);

impl MediaFiles<'_> {
    /// Adds a row.
    pub async fn insert(&mut self, row: &MediaRow) -> Result<(), StorageError> {
        const SQL: &str =
            "INSERT INTO media (id, account_id, message_id, state, size, attempts, fetch_at, expires_at,
                created_at, detail)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
        let (id, account, state) = (row.id.to_string(), self.1.account().to_string(), text(row.state));
        let message = row.message_id.map(|id| id.to_string());
        let detail = self.1.seal_json(DETAIL, row.id.as_bytes(), &row.detail);
        let values = [
            id.as_str().into(),
            account.as_str().into(),
            message.as_deref().into(),
            state.as_str().into(),
            size(row).into(),
            i64::from(row.attempts).into(),
            row.fetch_at.map(millis).into(),
            row.expires_at.map(millis).into(),
            millis(row.created_at).into(),
            detail.as_slice().into(),
        ];
        self.0.connection.execute(SQL, &values).await?;
        Ok(())
    }

    /// Writes what can change of a row. False where it is gone.
    pub async fn update(&mut self, row: &MediaRow) -> Result<bool, StorageError> {
        const SQL: &str =
            "UPDATE media SET state = $3, size = $4, attempts = $5, fetch_at = $6, expires_at = $7,
                detail = $8 WHERE id = $1 AND account_id = $2";
        let (id, account, state) = (row.id.to_string(), self.1.account().to_string(), text(row.state));
        let detail = self.1.seal_json(DETAIL, row.id.as_bytes(), &row.detail);
        let values = [
            id.as_str().into(),
            account.as_str().into(),
            state.as_str().into(),
            size(row).into(),
            i64::from(row.attempts).into(),
            row.fetch_at.map(millis).into(),
            row.expires_at.map(millis).into(),
            detail.as_slice().into(),
        ];
        Ok(self.0.connection.execute(SQL, &values).await? > 0)
    }

    /// The row of that id.
    pub async fn get(&mut self, id: MediaId) -> Result<Option<MediaRow>, StorageError> {
        let sql = format!("SELECT {COLUMNS} FROM media WHERE id = $1 AND account_id = $2");
        let (text, account) = (id.to_string(), self.1.account().to_string());
        let values = [text.as_str().into(), account.as_str().into()];
        let row = self.0.connection.fetch_optional(sqlx::AssertSqlSafe(sql), &values).await?;
        row.map(|row| media(&Reader(&row), self.1)).transpose()
    }
}

impl Tx {
    /// Files that are to be fetched by now, those that wait for longest first: for the server itself.
    pub async fn media_to_fetch(
        &mut self,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<(AccountId, MediaId)>, StorageError> {
        const SQL: &str = "SELECT account_id, id FROM media WHERE fetch_at IS NOT NULL AND fetch_at <= $1 ORDER BY fetch_at LIMIT $2";
        let rows =
            self.scope().connection.fetch_all(SQL, &[millis(now).into(), i64::from(limit).into()]).await?;
        rows.iter().map(|row| Ok((Reader(row).parse("account_id")?, Reader(row).parse("id")?))).collect()
    }

    /// Files that are here and too old, the oldest first: for the server itself.
    pub async fn media_too_old(
        &mut self,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<(AccountId, MediaId)>, StorageError> {
        const SQL: &str = "SELECT account_id, id FROM media WHERE expires_at IS NOT NULL AND expires_at <= $1
            ORDER BY expires_at LIMIT $2";
        let rows =
            self.scope().connection.fetch_all(SQL, &[millis(now).into(), i64::from(limit).into()]).await?;
        rows.iter().map(|row| Ok((Reader(row).parse("account_id")?, Reader(row).parse("id")?))).collect()
    }

    /// Which of an account's files should be on disk.
    pub async fn media_of(&mut self, account: AccountId) -> Result<HashSet<MediaId>, StorageError> {
        const SQL: &str = "SELECT id FROM media WHERE account_id = $1 AND state = 'ready'";
        let rows = self.scope().connection.fetch_all(SQL, &[account.to_string().as_str().into()]).await?;
        rows.iter().map(|row| Reader(row).parse("id")).collect()
    }
}

/// What the file takes on disk.
fn size(row: &MediaRow) -> i64 {
    let here = row.detail.size.filter(|_| row.state == MediaState::Ready).unwrap_or_default();
    i64::try_from(here).unwrap_or(i64::MAX)
}

fn media(row: &Reader<'_>, key: &AccountKey) -> Result<MediaRow, StorageError> {
    let id: MediaId = row.parse("id")?;
    let detail: Vec<u8> = row.get("detail")?;
    Ok(MediaRow {
        id,
        message_id: row.optional("message_id")?,
        state: row.code("state")?,
        attempts: row.count("attempts")?,
        fetch_at: row.optional_time("fetch_at")?,
        expires_at: row.optional_time("expires_at")?,
        created_at: row.time("created_at")?,
        detail: key.open_json(DETAIL, id.as_bytes(), &detail)?,
    })
}
