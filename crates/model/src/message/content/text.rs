//! Text.

use serde::{Deserialize, Serialize};

/// What somebody typed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Text {
    /// The text.
    pub body: String,
    /// The preview of a link in it.
    #[serde(default)]
    pub link_preview: Option<LinkPreview>,
}

/// What phones show of a link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkPreview {
    /// The link, as it stands in the text.
    pub url: String,
    /// Its title.
    pub title: Option<String>,
    /// Its description.
    pub description: Option<String>,
}

impl Text {
    /// Most characters that WhatsApp takes.
    pub const MAX: usize = 65_536;

    /// Text without a preview.
    pub fn of(body: impl Into<String>) -> Self {
        Self { body: body.into(), link_preview: None }
    }
}
