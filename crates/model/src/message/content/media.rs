//! A file in a message: a picture, a video, audio, a sticker or a document.

use serde::{Deserialize, Serialize};
use url::Url;

use crate::id::{AccountId, MediaId};

/// Whether the file is available here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum MediaState {
    /// The file is at WhatsApp. The server fetches it at once or on request.
    #[default]
    Pending,
    /// The file is here.
    Ready,
    /// The server could not fetch the file.
    Failed,
    /// The file was removed because of its age.
    Gone,
}

/// A file in a message. Values that WhatsApp did not send are null.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Media {
    /// The file's id here.
    pub media_id: Option<MediaId>,
    /// Where to download the file, with the same credential as for all requests.
    pub url: Option<Url>,
    /// Such as `image/jpeg`.
    pub mime_type: Option<String>,
    /// Bytes.
    pub size: Option<u64>,
    /// The file's SHA-256 in hex.
    pub sha256: Option<String>,
    /// The file name that the sender gave.
    pub file_name: Option<String>,
    /// The text beside it.
    pub caption: Option<String>,
    /// Pixels.
    pub width: Option<u32>,
    /// Pixels.
    pub height: Option<u32>,
    /// The length of audio or video.
    pub duration_seconds: Option<u32>,
    /// Whether the file is here.
    #[serde(default)]
    pub state: MediaState,
}

impl Media {
    /// The maximum number of characters of a caption at WhatsApp.
    pub const CAPTION_MAX: usize = 1_024;

    /// The download address of an account's file, on the server whose address is `base`.
    pub fn address(base: &Url, account: AccountId, id: MediaId) -> Option<Url> {
        let base = base.as_str().trim_end_matches('/');
        format!("{base}/api/v1/whatsapp/accounts/{account}/media/{id}").parse().ok()
    }
}
