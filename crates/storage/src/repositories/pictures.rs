//! The profile pictures of accounts. They are encrypted.

use linekeeper_model::Timestamp;
use linekeeper_model::id::AccountId;

use super::code::{Reader, millis};
use crate::error::StorageError;
use crate::seal::Tag;
use crate::tx::Scope;

/// The profile picture of one account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// The account that the picture belongs to.
    pub account_id: AccountId,
    /// The picture's id at WhatsApp.
    pub picture_id: String,
    /// The MIME type, such as `image/jpeg`.
    pub media_type: String,
    /// The bytes of the picture.
    pub bytes: Vec<u8>,
    /// When the server fetched the picture.
    pub fetched_at: Timestamp,
}

/// The `pictures` table.
pub struct Pictures<'t>(pub(crate) Scope<'t>);

const KIND: &str = "picture";

impl Pictures<'_> {
    /// Stores the account's picture. An earlier picture is replaced.
    pub async fn put(&mut self, picture: &Picture) -> Result<(), StorageError> {
        const SQL: &str = "INSERT INTO pictures (account_id, picture_id, media_type, bytes, fetched_at)
            VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (account_id) DO UPDATE SET picture_id = excluded.picture_id,
                media_type = excluded.media_type, bytes = excluded.bytes, fetched_at = excluded.fetched_at";
        let account = picture.account_id.to_string();
        let sealed = self.0.context.cipher.seal(KIND, &row_tag(picture.account_id), &picture.bytes);
        let values = [
            account.as_str().into(),
            picture.picture_id.as_str().into(),
            picture.media_type.as_str().into(),
            sealed.as_slice().into(),
            millis(picture.fetched_at).into(),
        ];
        self.0.connection.execute(SQL, &values).await?;
        Ok(())
    }

    /// The picture of this account.
    pub async fn get(&mut self, account: AccountId) -> Result<Option<Picture>, StorageError> {
        const SQL: &str =
            "SELECT picture_id, media_type, bytes, fetched_at FROM pictures WHERE account_id = $1";
        let row = self.0.connection.fetch_optional(SQL, &[account.to_string().as_str().into()]).await?;
        let Some(row) = row else { return Ok(None) };
        let row = Reader(&row);
        let record: Vec<u8> = row.get("bytes")?;
        let bytes = self.0.context.cipher.open(KIND, &row_tag(account), &record);
        Ok(Some(Picture {
            account_id: account,
            picture_id: row.get("picture_id")?,
            media_type: row.get("media_type")?,
            bytes: bytes.map_err(|error| StorageError::unreadable("picture", error))?,
            fetched_at: row.time("fetched_at")?,
        }))
    }

    /// Deletes the picture of this account. It is not an error if there is no picture.
    pub async fn delete(&mut self, account: AccountId) -> Result<(), StorageError> {
        const SQL: &str = "DELETE FROM pictures WHERE account_id = $1";
        self.0.connection.execute(SQL, &[account.to_string().as_str().into()]).await?;
        Ok(())
    }
}

/// The part of the associated data that binds the encrypted picture to its account.
const fn row_tag(account: AccountId) -> Tag {
    Tag::from_bytes(*account.as_bytes())
}
