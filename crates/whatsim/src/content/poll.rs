//! Polls: questions with options.

use super::{Desk, Invalid, Kind, bounded};
use buffa::MessageField;
use serde::{Deserialize, Serialize};
use waproto::whatsapp as wa;

/// How many options WhatsApp allows in a poll.
const OPTIONS: std::ops::RangeInclusive<usize> = 2..=12;

/// A question with options.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Poll {
    /// The question.
    pub question: String,
    /// The options to choose from.
    pub options: Vec<String>,
    /// How many options a person may choose. 0 means any number.
    #[serde(default)]
    pub selectable: u32,
}

impl Kind for Poll {
    fn write(&self, _: &dyn Desk) -> Result<wa::Message, Invalid> {
        bounded("poll.question", &self.question, 1_024)?;
        if !OPTIONS.contains(&self.options.len()) {
            return Err(Invalid::new("poll.options", "must be 2 to 12"));
        }
        let poll = wa::message::PollCreationMessage {
            name: Some(self.question.clone()),
            options: self
                .options
                .iter()
                .map(|option| wa::message::poll_creation_message::Option {
                    option_name: Some(option.clone()),
                    ..Default::default()
                })
                .collect(),
            selectable_options_count: Some(self.selectable),
            ..Default::default()
        };
        // Phones write a poll with one choice as version 3 of the message, and all other polls as version 1.
        Ok(if self.selectable == 1 {
            wa::Message { poll_creation_message_v3: MessageField::some(poll), ..Default::default() }
        } else {
            wa::Message { poll_creation_message: MessageField::some(poll), ..Default::default() }
        })
    }

    fn read(message: &wa::Message) -> Option<Self> {
        let poll = [
            &message.poll_creation_message,
            &message.poll_creation_message_v2,
            &message.poll_creation_message_v3,
            &message.poll_creation_message_v5,
        ]
        .into_iter()
        .find_map(MessageField::as_option)?;
        Some(Self {
            question: poll.name.clone().unwrap_or_default(),
            options: poll.options.iter().map(|o| o.option_name.clone().unwrap_or_default()).collect(),
            selectable: poll.selectable_options_count.unwrap_or_default(),
        })
    }
}
