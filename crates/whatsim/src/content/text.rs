//! Texts, and the previews of links in them.

use super::{Desk, Invalid, Kind, bounded};
use buffa::MessageField;
use serde::{Deserialize, Serialize};
use waproto::whatsapp as wa;

/// WhatsApp's maximum length of a text, in characters.
const LONGEST: usize = 65_536;

/// A text message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Text {
    /// The text.
    pub body: String,
    /// The preview of a link in the text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link_preview: Option<LinkPreview>,
}

/// The preview of a link.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinkPreview {
    /// The link, as the text contains it.
    pub url: String,
    /// The page's title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The page's own description.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

impl Kind for Text {
    fn write(&self, _: &dyn Desk) -> Result<wa::Message, Invalid> {
        bounded("text", &self.body, LONGEST)?;
        let Some(preview) = &self.link_preview else {
            return Ok(wa::Message { conversation: Some(self.body.clone()), ..Default::default() });
        };
        let extended = wa::message::ExtendedTextMessage {
            text: Some(self.body.clone()),
            matched_text: Some(preview.url.clone()),
            title: preview.title.clone(),
            description: preview.description.clone(),
            ..Default::default()
        };
        Ok(wa::Message { extended_text_message: MessageField::some(extended), ..Default::default() })
    }

    fn read(message: &wa::Message) -> Option<Self> {
        if let Some(body) = &message.conversation {
            return Some(Self { body: body.clone(), link_preview: None });
        }
        let extended = message.extended_text_message.as_option()?;
        let link_preview = extended.matched_text.as_ref().map(|url| LinkPreview {
            url: url.clone(),
            title: extended.title.clone(),
            description: extended.description.clone(),
        });
        Some(Self { body: extended.text.clone().unwrap_or_default(), link_preview })
    }
}
