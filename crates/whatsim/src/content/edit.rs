//! Edits: a new text or caption for a message that was sent.

use super::{Content, Desk, Invalid, Kind, bounded};
use buffa::MessageField;
use serde::{Deserialize, Serialize};
use wa::message::protocol_message::Type;
use wacore::proto_helpers::MessageExt as _;
use waproto::whatsapp as wa;

/// A new text or caption for another message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Edit {
    /// The id of the message that is edited.
    pub message_id: String,
    /// The new text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The new caption, if the edited message is media.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caption: Option<String>,
}

impl Kind for Edit {
    fn write(&self, desk: &dyn Desk) -> Result<wa::Message, Invalid> {
        let target = desk.target(&self.message_id).map_err(|e| Invalid::new("edit.messageId", e.reason))?;
        if target.key.from_me != Some(true) {
            return Err(Invalid::new("edit.messageId", "is a message of somebody else"));
        }
        let edited = match (&self.text, &self.caption) {
            (Some(text), None) => {
                bounded("edit.text", text, 65_536)?;
                wa::Message { conversation: Some(text.clone()), ..Default::default() }
            }
            (None, Some(caption)) => captioned(target.message, caption)?,
            _ => return Err(Invalid::new("edit", "must have text or caption, and not both")),
        };
        let protocol = wa::message::ProtocolMessage {
            key: MessageField::some(target.key),
            r#type: Some(Type::MESSAGE_EDIT),
            edited_message: MessageField::some(edited),
            timestamp_ms: Some(desk.now_millis()),
            ..Default::default()
        };
        let inner = wa::Message { protocol_message: MessageField::some(protocol), ..Default::default() };
        let wrapped = wa::message::FutureProofMessage { message: MessageField::some(inner) };
        Ok(wa::Message { edited_message: MessageField::some(wrapped), ..Default::default() })
    }

    fn read(message: &wa::Message) -> Option<Self> {
        let inner = message.edited_message.as_option().and_then(|wrapped| wrapped.message.as_option());
        let protocol = inner.unwrap_or(message).protocol_message.as_option()?;
        if protocol.r#type != Some(Type::MESSAGE_EDIT) {
            return None;
        }
        let edited = protocol.edited_message.get_base_message();
        let (text, caption) = match Content::read(edited) {
            Some(Content::Text(text)) => (Some(text.body), None),
            _ => (None, caption(edited)),
        };
        Some(Self { message_id: protocol.key.id.clone().unwrap_or_default(), text, caption })
    }
}

/// Returns a copy of a media message with a new caption.
fn captioned(mut message: wa::Message, caption: &str) -> Result<wa::Message, Invalid> {
    if let Some(image) = message.image_message.as_option_mut() {
        image.caption = Some(caption.to_owned());
    } else if let Some(video) = message.video_message.as_option_mut() {
        video.caption = Some(caption.to_owned());
    } else if let Some(document) = message.document_message.as_option_mut() {
        document.caption = Some(caption.to_owned());
    } else {
        return Err(Invalid::new("edit.caption", "the message has no caption"));
    }
    Ok(message)
}

fn caption(message: &wa::Message) -> Option<String> {
    let image = message.image_message.as_option().and_then(|image| image.caption.clone());
    let video = || message.video_message.as_option().and_then(|video| video.caption.clone());
    let document = || message.document_message.as_option().and_then(|document| document.caption.clone());
    image.or_else(video).or_else(document)
}
