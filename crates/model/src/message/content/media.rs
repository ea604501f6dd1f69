//! A file in a message: a picture, a video, sound, a sticker or a document.

use serde::{Deserialize, Serialize};
use url::Url;

use crate::id::{AccountId, MediaId};

/// Whether the file is here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum MediaState {
    /// It is at WhatsApp, and is fetched at once or when it is asked for.
    #[default]
    Pending,
    /// It is here.
    Ready,
    /// It could not be fetched.
    Failed,
    /// It was removed for its age.
    Gone,
}

/// See the module. What WhatsApp did not tell is null.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Media {
    /// The file's id here.
    pub media_id: Option<MediaId>,
    /// Where it is fetched, with the same credential as everything else.
    pub url: Option<Url>,
    /// Such as `image/jpeg`.
    pub mime_type: Option<String>,
    /// Bytes.
    pub size: Option<u64>,
    /// The file's SHA-256 in hex.
    pub sha256: Option<String>,
    /// What the sender called it.
    pub file_name: Option<String>,
    /// The text beside it.
    pub caption: Option<String>,
    /// Pixels.
    pub width: Option<u32>,
    /// Pixels.
    pub height: Option<u32>,
    /// Length of sound and videos.
    pub duration_seconds: Option<u32>,
    /// Whether it is here.
    #[serde(default)]
    pub state: MediaState,
}

impl Media {
    /// Most characters of a caption that WhatsApp takes.
    pub const CAPTION_MAX: usize = 1_024;

    /// Where an account's file is fetched, on the server that is reached under `base`.
    pub fn address(base: &Url, account: AccountId, id: MediaId) -> Option<Url> {
        let base = base.as_str().trim_end_matches('/');
        format!("{base}/api/v1/whatsapp/accounts/{account}/media/{id}").parse().ok()
    }
}
