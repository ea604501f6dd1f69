//! Converts a file to the columns of its row and back. The file's name and keys are encrypted.

use linekeeper_model::Timestamp;
use linekeeper_model::id::{MediaId, MessageId};
use linekeeper_model::message::MediaState;
use serde::{Deserialize, Serialize};

use crate::account_key::AccountKey;
use crate::db::Value;
use crate::error::StorageError;
use crate::repositories::code::{Reader, millis, text};
use crate::seal::FileKey;

const DETAIL: &str = "media";

pub(super) const COLUMNS: &str =
    "id, message_id, source, state, attempts, fetch_at, expires_at, created_at, detail";

/// Where a file comes from. This decides how the server gets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MediaSource {
    /// A caller uploaded the file.
    Upload,
    /// A caller gave a URL from which the server downloads the file.
    Url,
    /// A message contains the file. The server downloads it from WhatsApp.
    Whatsapp,
    /// The server converts the file from another file.
    Conversion,
}

impl MediaSource {
    /// The sources of files that the server gets without a connection to WhatsApp. If an outgoing message has such a
    /// file, the message waits until the server has the file.
    pub const AWAITED: [Self; 2] = [Self::Url, Self::Conversion];

    /// Whether this source is one of [`Self::AWAITED`].
    pub fn is_awaited(self) -> bool {
        Self::AWAITED.contains(&self)
    }
}

/// A file, as its row stores it.
#[derive(Debug, Clone)]
pub struct MediaRow {
    /// The file's id.
    pub id: MediaId,
    /// The message that contains the file; `None` for an uploaded file.
    pub message_id: Option<MessageId>,
    /// Where the file comes from.
    pub source: MediaSource,
    /// Whether the server has the file.
    pub state: MediaState,
    /// How many times the server has failed to get the file.
    pub attempts: u32,
    /// When to get the file; `None` if the server has it, or gets it only when a caller asks.
    pub fetch_at: Option<Timestamp>,
    /// When the file becomes too old and is deleted.
    pub expires_at: Option<Timestamp>,
    /// When the row was created.
    pub created_at: Timestamp,
    /// The encrypted part of the row.
    pub detail: MediaDetail,
}

/// The encrypted part of the row. It is stored, so new fields must be optional, and fields are never renamed.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct MediaDetail {
    /// The key with which the stored file is decrypted; `None` until the server has the file.
    pub key: Option<FileKey>,
    /// The MIME type, such as `image/jpeg`. Until the server has the file, the type that the sender claims.
    pub mime_type: Option<String>,
    /// The file name that the sender gave.
    pub file_name: Option<String>,
    /// The size in bytes. Until the server has the file, the size that the sender claims.
    pub size: Option<u64>,
    /// The file's SHA-256 in hexadecimal. Until the server has the file, the value that the sender claims.
    pub sha256: Option<String>,
    /// The URL that a caller gave.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The id of the file from which this one is converted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub converted_from: Option<MediaId>,
    /// The path of the file at WhatsApp, if the path in the message no longer works.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub direct_path: Option<String>,
    /// The width in pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// The height in pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
    /// The length of the audio or video in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration_seconds: Option<u32>,
    /// The audio codec, if it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub codec: Option<String>,
    /// A small JPEG preview, in base64.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thumbnail: Option<String>,
    /// The copies of the file that were uploaded to WhatsApp.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub uploads: Vec<MediaUpload>,
}

/// A copy of a file that was uploaded to WhatsApp, or whose upload has begun. WhatsApp has several families of
/// files, such as pictures and documents. Each family needs a copy with its own key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MediaUpload {
    /// The name of the family at WhatsApp.
    pub family: String,
    /// The key from which the encryption keys are derived, in hexadecimal. It is chosen before the first attempt,
    /// so that all attempts upload the same bytes.
    pub media_key: String,
    /// When the upload began.
    pub begun_at: Timestamp,
    /// The reference by which messages name the file: bytes of WhatsApp's protocol, in hexadecimal. `None` until the
    /// upload has succeeded.
    pub place: Option<String>,
}

/// The column values that must live as long as the statement that uses them.
pub(super) struct Sealed {
    id: String,
    account: String,
    message: Option<String>,
    source: String,
    state: String,
    detail: Vec<u8>,
}

impl Sealed {
    pub(super) fn of(row: &MediaRow, key: &AccountKey) -> Self {
        Self {
            id: row.id.to_string(),
            account: key.account().to_string(),
            message: row.message_id.map(|id| id.to_string()),
            source: text(row.source),
            state: text(row.state),
            detail: key.seal_json(DETAIL, row.id.as_bytes(), &row.detail),
        }
    }

    pub(super) fn values<'s>(&'s self, row: &MediaRow) -> [Value<'s>; 11] {
        [
            self.id.as_str().into(),
            self.account.as_str().into(),
            self.message.as_deref().into(),
            self.source.as_str().into(),
            self.state.as_str().into(),
            size(row).into(),
            i64::from(row.attempts).into(),
            row.fetch_at.map(millis).into(),
            row.expires_at.map(millis).into(),
            millis(row.created_at).into(),
            self.detail.as_slice().into(),
        ]
    }

    pub(super) fn mutable<'s>(&'s self, row: &MediaRow) -> [Value<'s>; 8] {
        [
            self.id.as_str().into(),
            self.account.as_str().into(),
            self.state.as_str().into(),
            size(row).into(),
            i64::from(row.attempts).into(),
            row.fetch_at.map(millis).into(),
            row.expires_at.map(millis).into(),
            self.detail.as_slice().into(),
        ]
    }
}

/// The size of the file on disk; 0 until the server has the file.
fn size(row: &MediaRow) -> i64 {
    let here = row.detail.size.filter(|_| row.state == MediaState::Ready).unwrap_or_default();
    i64::try_from(here).unwrap_or(i64::MAX)
}

pub(super) fn media(row: &Reader<'_>, key: &AccountKey) -> Result<MediaRow, StorageError> {
    let id: MediaId = row.parse("id")?;
    let detail: Vec<u8> = row.get("detail")?;
    Ok(MediaRow {
        id,
        message_id: row.optional("message_id")?,
        source: row.code("source")?,
        state: row.code("state")?,
        attempts: row.count("attempts")?,
        fetch_at: row.optional_time("fetch_at")?,
        expires_at: row.optional_time("expires_at")?,
        created_at: row.time("created_at")?,
        detail: key.open_json(DETAIL, id.as_bytes(), &detail)?,
    })
}
