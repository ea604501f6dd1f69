//! Text messages.

use serde::{Deserialize, Serialize};

/// The content of a text message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Text {
    /// The text.
    pub body: String,
    /// The preview of a link in the text.
    #[serde(default)]
    pub link_preview: Option<LinkPreview>,
}

/// The preview of a link, as phones show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkPreview {
    /// The link, as it is written in the text.
    pub url: String,
    /// The page's title.
    pub title: Option<String>,
    /// The page's description.
    pub description: Option<String>,
}

impl Text {
    /// The maximum number of characters of a text at WhatsApp.
    pub const MAX: usize = 65_536;

    /// A text without a link preview.
    pub fn of(body: impl Into<String>) -> Self {
        Self { body: body.into(), link_preview: None }
    }
}
