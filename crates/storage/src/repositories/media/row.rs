//! Converts a file's row to columns and back. Names and keys of the file are sealed.

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

/// Where a file comes from. It decides what is necessary to fetch the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MediaSource {
    /// A caller uploads it.
    Upload,
    /// A caller gave its address.
    Url,
    /// A message contains it, and WhatsApp's servers hold it.
    Whatsapp,
    /// The file is converted from another file that is here.
    Conversion,
}

impl MediaSource {
    /// The sources of files that an outgoing message waits for. None of them needs a connection to WhatsApp.
    pub const AWAITED: [Self; 2] = [Self::Url, Self::Conversion];

    /// Whether this source is one of [`Self::AWAITED`].
    pub fn is_awaited(self) -> bool {
        Self::AWAITED.contains(&self)
    }
}

/// A file's row.
#[derive(Debug, Clone)]
pub struct MediaRow {
    /// The file's id.
    pub id: MediaId,
    /// The message that contains it; `None` for an upload.
    pub message_id: Option<MessageId>,
    /// Where the file comes from.
    pub source: MediaSource,
    /// Whether the file is here.
    pub state: MediaState,
    /// How many attempts to fetch the file failed.
    pub attempts: u32,
    /// When the file is to be fetched; `None` if there is nothing to fetch, or if it is fetched only on request.
    pub fetch_at: Option<Timestamp>,
    /// When the file is deleted because of its age.
    pub expires_at: Option<Timestamp>,
    /// When the row was created.
    pub created_at: Timestamp,
    /// The sealed part of the row.
    pub detail: MediaDetail,
}

/// The part of a file's row that is sealed. New fields must be optional, and fields must never be renamed.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct MediaDetail {
    /// The key that decrypts the file; `None` before the file is here.
    pub key: Option<FileKey>,
    /// Such as `image/jpeg`. Before the file is here, it is what the sender claims.
    pub mime_type: Option<String>,
    /// The name that the sender gave to the file.
    pub file_name: Option<String>,
    /// The size in bytes. Before the file is here, it is what the sender claims.
    pub size: Option<u64>,
    /// The file's SHA-256 in hex. Before the file is here, it is what the sender claims.
    pub sha256: Option<String>,
    /// The address that a caller gave.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The original file that this file is converted from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub converted_from: Option<MediaId>,
    /// Where WhatsApp has the file now, if that differs from what the message says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub direct_path: Option<String>,
    /// Pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// Pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
    /// The length of audio and video.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration_seconds: Option<u32>,
    /// The codec of the audio, if it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub codec: Option<String>,
    /// A small JPEG preview, in base64.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thumbnail: Option<String>,
    /// The results of uploading the file to WhatsApp's servers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub uploads: Vec<MediaUpload>,
}

/// A file on WhatsApp's servers, or one that is being uploaded. Each family of kinds has its own key and its own
/// place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MediaUpload {
    /// The name that WhatsApp gives to the family.
    pub family: String,
    /// The key that the encryption keys are derived from, in hex. It is chosen before the first attempt, so that each
    /// attempt uploads the same bytes.
    pub media_key: String,
    /// When that was.
    pub begun_at: Timestamp,
    /// How messages name the file, in the protocol's format and in hex; `None` before it is uploaded.
    pub place: Option<String>,
}

/// The columns that must live as long as the statement that binds them.
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

/// The size of the file on disk.
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
