//! A file in a message: a picture, a video, audio, a sticker or a document.

use serde::{Deserialize, Serialize};
use url::Url;

use crate::id::{AccountId, MediaId};

/// Whether the server has the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum MediaState {
    /// The file is still at WhatsApp. The server fetches it at once or when a caller asks for it.
    #[default]
    Pending,
    /// The server has the file.
    Ready,
    /// The server could not fetch the file.
    Failed,
    /// The server removed the file because it was too old.
    Gone,
}

/// A file in a message. Values that WhatsApp did not send are null.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Media {
    /// The file's id in linekeeper.
    pub media_id: Option<MediaId>,
    /// The URL for downloading the file. The download needs the same credential as other requests to the API.
    pub url: Option<Url>,
    /// The MIME type, such as `image/jpeg`.
    pub mime_type: Option<String>,
    /// The size in bytes.
    pub size: Option<u64>,
    /// The file's SHA-256 in hexadecimal.
    pub sha256: Option<String>,
    /// The file name that the sender gave.
    pub file_name: Option<String>,
    /// The text under the file.
    pub caption: Option<String>,
    /// The width in pixels.
    pub width: Option<u32>,
    /// The height in pixels.
    pub height: Option<u32>,
    /// The length of the audio or video in seconds.
    pub duration_seconds: Option<u32>,
    /// Whether the server has the file.
    #[serde(default)]
    pub state: MediaState,
}

impl Media {
    /// The maximum number of characters of a caption at WhatsApp.
    pub const CAPTION_MAX: usize = 1_024;

    /// The URL for downloading an account's file. `base` is the URL of the server.
    pub fn address(base: &Url, account: AccountId, id: MediaId) -> Option<Url> {
        let base = base.as_str().trim_end_matches('/');
        format!("{base}/api/v1/whatsapp/accounts/{account}/media/{id}").parse().ok()
    }
}
