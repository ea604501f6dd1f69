//! A file's row in columns and back. What names or opens the file is sealed.

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

/// Where a file comes from, which says what fetching it needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MediaSource {
    /// A caller uploads it.
    Upload,
    /// A caller names its address.
    Url,
    /// A message brings it, over WhatsApp's servers.
    Whatsapp,
    /// It is made of another file that is here.
    Conversion,
}

impl MediaSource {
    /// Files that a message waits for before it is sent. None of them needs a connection to WhatsApp.
    pub const AWAITED: [Self; 2] = [Self::Url, Self::Conversion];

    /// Whether it is one of [`Self::AWAITED`].
    pub fn is_awaited(self) -> bool {
        Self::AWAITED.contains(&self)
    }
}

/// A file's row.
#[derive(Debug, Clone)]
pub struct MediaRow {
    /// The file's id.
    pub id: MediaId,
    /// The message that goes with it; none for an upload.
    pub message_id: Option<MessageId>,
    /// Where it comes from.
    pub source: MediaSource,
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

/// The part of a file's row that is sealed. Fields are added as optional ones, and never renamed.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct MediaDetail {
    /// Opens the file; none before it is here.
    pub key: Option<FileKey>,
    /// Such as `image/jpeg`. Before the file is here: what its sender says.
    pub mime_type: Option<String>,
    /// What the sender calls it.
    pub file_name: Option<String>,
    /// Bytes. Before the file is here: what its sender says.
    pub size: Option<u64>,
    /// The file's SHA-256 in hex. Before the file is here: what its sender says.
    pub sha256: Option<String>,
    /// The address that a caller names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The file that it is made of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub converted_from: Option<MediaId>,
    /// Where WhatsApp has it now, when that is not where the message says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub direct_path: Option<String>,
    /// Pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// Pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
    /// Length of sound and videos.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration_seconds: Option<u32>,
    /// What the sound is encoded with, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub codec: Option<String>,
    /// A small JPEG of it, in base64.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thumbnail: Option<String>,
    /// What became of putting it on WhatsApp's servers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub uploads: Vec<MediaUpload>,
}

/// A file on WhatsApp's servers, or on its way there. Each family of kinds has a key and a place of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MediaUpload {
    /// Which family, by WhatsApp's name.
    pub family: String,
    /// What its keys derive from, in hex. It is chosen before the first try, so that another try puts the same bytes there.
    pub media_key: String,
    /// When that was.
    pub begun_at: Timestamp,
    /// How messages name the file, in the protocol's own form and in hex; none before it is there.
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

/// What the file takes on disk.
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
