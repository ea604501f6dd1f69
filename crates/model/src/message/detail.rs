//! The part of a message that storage encrypts: everything that tells what was written and by whom. It contains the
//! ids of people instead of their names. So if a person gets a new name, all messages show the new name.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::content::{Content, MessageType};
use super::failure::Failure;
use super::referral::Referral;
use crate::id::{ContactId, MessageId};

/// The encrypted part of a message. It is stored, so new fields must be optional, and fields are never renamed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Detail {
    /// The message's id at WhatsApp.
    pub wa_message_id: Option<String>,
    /// The reference that the caller chose. The caller recognises the message by this reference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_reference: Option<String>,
    /// The content of the message.
    #[serde(flatten)]
    pub content: Content,
    /// The message that this message replies to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<ReplyDetail>,
    /// The people who are mentioned.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<ContactId>,
    /// Whether the message was forwarded.
    #[serde(default)]
    pub forwarded: bool,
    /// How often the message was forwarded, as counted by WhatsApp.
    #[serde(default)]
    pub forwarding_score: u32,
    /// Whether the message is a view-once message.
    #[serde(default)]
    pub view_once: bool,
    /// The number of seconds after which phones delete the message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ephemeral_seconds: Option<u32>,
    /// The advertisement that the chat started from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub referral: Option<Referral>,
    /// When the message was last edited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<Timestamp>,
    /// When the message was revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<Timestamp>,
    /// The reactions to the message.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reactions: Vec<ReactionDetail>,
    /// Why the message failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
    /// For a message to a group: the number of other members at the time of sending. Each of them sends a receipt.
    /// `None` if the members are not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub members: Option<u32>,
}

/// The quoted message. Its sender is stored as an id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReplyDetail {
    /// The id of the quoted message in linekeeper, if the message is stored.
    pub message_id: Option<MessageId>,
    /// The quoted message's id at WhatsApp.
    pub wa_message_id: String,
    /// Who wrote the quoted message.
    pub sender: Option<ContactId>,
    /// The type of the quoted message.
    #[serde(rename = "type")]
    pub kind: Option<MessageType>,
    /// The beginning of the quoted message's text.
    pub preview: Option<String>,
}

/// A reaction. Its sender is stored as an id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReactionDetail {
    /// Who reacted.
    pub sender: ContactId,
    /// The emoji.
    pub emoji: String,
    /// When the reaction happened.
    pub at: Timestamp,
}

impl Detail {
    /// A message with this content. All other fields are empty.
    pub fn new(wa_message_id: Option<String>, content: Content) -> Self {
        Self {
            wa_message_id,
            client_reference: None,
            content,
            reply_to: None,
            mentions: Vec::new(),
            forwarded: false,
            forwarding_score: 0,
            view_once: false,
            ephemeral_seconds: None,
            referral: None,
            edited_at: None,
            revoked_at: None,
            reactions: Vec::new(),
            failure: None,
            members: None,
        }
    }

    /// Replaces the previous reaction of a person. An empty emoji removes it. Returns whether anything changed.
    /// Nothing changes if the same reaction arrives twice or an older one arrives late.
    pub fn react(&mut self, sender: ContactId, emoji: &str, at: Timestamp) -> bool {
        let before = self.reactions.iter().position(|known| known.sender == sender);
        if let Some(place) = before {
            let known = &self.reactions[place];
            if known.at > at || known.emoji == emoji {
                return false;
            }
            self.reactions.remove(place);
        } else if emoji.is_empty() {
            return false;
        }
        if !emoji.is_empty() {
            self.reactions.push(ReactionDetail { sender, emoji: emoji.to_owned(), at });
        }
        true
    }

    /// The ids of the people who are mentioned, who wrote the quoted message, or who reacted.
    pub fn people(&self) -> impl Iterator<Item = ContactId> + '_ {
        let replied = self.reply_to.iter().filter_map(|reply| reply.sender);
        self.mentions
            .iter()
            .copied()
            .chain(replied)
            .chain(self.reactions.iter().map(|reaction| reaction.sender))
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::super::Text;
    use super::*;

    #[test]
    fn only_the_latest_reaction_of_a_person_counts() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let (ana, bo) = (ContactId::from(Uuid::from_u128(1)), ContactId::from(Uuid::from_u128(2)));
        let mut detail = Detail::new(None, Content::Text(Text::of("hello")));
        assert!(detail.react(ana, "👍", at(10)));
        assert!(!detail.react(ana, "👍", at(10)), "the same one again");
        assert!(detail.react(bo, "❤", at(11)));
        assert!(detail.react(ana, "😮", at(12)));
        assert!(!detail.react(ana, "👍", at(11)), "a late one");
        assert_eq!(detail.reactions.len(), 2);
        assert!(detail.react(ana, "", at(13)));
        assert!(!detail.react(ana, "", at(14)));
        assert_eq!(detail.reactions.iter().map(|r| r.sender).collect::<Vec<_>>(), [bo]);
    }
}
