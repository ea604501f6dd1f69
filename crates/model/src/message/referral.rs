//! The advertisement at which a chat began.

use serde::{Deserialize, Serialize};

/// See the module. What WhatsApp did not tell is null.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Referral {
    /// `ad` or `post`.
    pub source_type: Option<String>,
    /// The advertisement's id.
    pub source_id: Option<String>,
    /// Where it can be seen.
    pub source_url: Option<String>,
    /// Its headline.
    pub headline: Option<String>,
    /// Its text.
    pub body: Option<String>,
    /// `image` or `video`.
    pub media_type: Option<String>,
    /// Its image.
    pub image_url: Option<String>,
    /// Its video.
    pub video_url: Option<String>,
    /// Its preview.
    pub thumbnail_url: Option<String>,
    /// The click's id, for conversion reports.
    pub ctwa_clid: Option<String>,
}
