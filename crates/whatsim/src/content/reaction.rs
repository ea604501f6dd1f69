//! Reactions: an emoji on another message.

use super::{Desk, Invalid, Kind};
use buffa::MessageField;
use serde::{Deserialize, Serialize};
use waproto::whatsapp as wa;

/// The maximum length of an emoji, in bytes. Emojis that combine several people and skin tones are long.
const LONGEST: usize = 64;

/// An emoji on another message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Reaction {
    /// The id of the message that the person reacts to.
    pub message_id: String,
    /// The emoji; an empty text removes an earlier reaction.
    pub emoji: String,
}

impl Kind for Reaction {
    fn write(&self, desk: &dyn Desk) -> Result<wa::Message, Invalid> {
        if self.emoji.len() > LONGEST {
            return Err(Invalid::new("reaction.emoji", "must be one emoji, or empty"));
        }
        let target =
            desk.target(&self.message_id).map_err(|e| Invalid::new("reaction.messageId", e.reason))?;
        let reaction = wa::message::ReactionMessage {
            key: MessageField::some(target.key),
            text: Some(self.emoji.clone()),
            sender_timestamp_ms: Some(desk.now_millis()),
            ..Default::default()
        };
        Ok(wa::Message { reaction_message: MessageField::some(reaction), ..Default::default() })
    }

    fn read(message: &wa::Message) -> Option<Self> {
        let reaction = message.reaction_message.as_option()?;
        Some(Self {
            message_id: reaction.key.id.clone().unwrap_or_default(),
            emoji: reaction.text.clone().unwrap_or_default(),
        })
    }
}
