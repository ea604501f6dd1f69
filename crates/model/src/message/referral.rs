//! The advertisement that a chat started from.

use serde::{Deserialize, Serialize};

/// The advertisement that a chat started from. Values that WhatsApp did not send are null.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Referral {
    /// `ad` or `post`.
    pub source_type: Option<String>,
    /// The advertisement's id.
    pub source_id: Option<String>,
    /// A page that shows the advertisement.
    pub source_url: Option<String>,
    /// The advertisement's headline.
    pub headline: Option<String>,
    /// The advertisement's text.
    pub body: Option<String>,
    /// `image` or `video`.
    pub media_type: Option<String>,
    /// The advertisement's image.
    pub image_url: Option<String>,
    /// The advertisement's video.
    pub video_url: Option<String>,
    /// The advertisement's preview.
    pub thumbnail_url: Option<String>,
    /// The id of the person's click on the advertisement. Conversion reports need this id.
    pub ctwa_clid: Option<String>,
}
