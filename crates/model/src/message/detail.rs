//! The part of a message that storage seals: everything that says what was written and by whom. People stand in it by
//! their ids, so that what is learnt about them later shows everywhere.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::content::{Content, MessageType};
use super::failure::Failure;
use super::referral::Referral;
use crate::id::{ContactId, MessageId};

/// See the module. Fields are added as optional ones, and never renamed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Detail {
    /// The id at WhatsApp.
    pub wa_message_id: Option<String>,
    /// What the caller gave to find it by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_reference: Option<String>,
    /// What it says.
    #[serde(flatten)]
    pub content: Content,
    /// What it replies to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<ReplyDetail>,
    /// Who is mentioned.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<ContactId>,
    /// Whether it was forwarded.
    #[serde(default)]
    pub forwarded: bool,
    /// How often.
    #[serde(default)]
    pub forwarding_score: u32,
    /// Whether it can be seen only once.
    #[serde(default)]
    pub view_once: bool,
    /// After how many seconds phones remove it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ephemeral_seconds: Option<u32>,
    /// The advertisement that the chat began at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub referral: Option<Referral>,
    /// When it was last edited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<Timestamp>,
    /// When it was taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<Timestamp>,
    /// Who reacted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reactions: Vec<ReactionDetail>,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
    /// How many members its group had when it was sent; each has a receipt. Nothing where they are not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub members: Option<u32>,
}

/// A reply, with its sender's id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReplyDetail {
    /// The message here, where there is one.
    pub message_id: Option<MessageId>,
    /// Its id at WhatsApp.
    pub wa_message_id: String,
    /// Who wrote it.
    pub sender: Option<ContactId>,
    /// What kind it is.
    #[serde(rename = "type")]
    pub kind: Option<MessageType>,
    /// The beginning of its text.
    pub preview: Option<String>,
}

/// A reaction, with its sender's id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReactionDetail {
    /// Who reacted.
    pub sender: ContactId,
    /// With what.
    pub emoji: String,
    /// When.
    pub at: Timestamp,
}

impl Detail {
    /// A message that says this and nothing else.
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

    /// Puts a person's reaction in place of the one before; an empty emoji takes it back. Returns whether something
    /// changed: reactions may arrive twice, and late ones change nothing.
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

    /// All people who stand in it.
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
    fn a_person_has_one_reaction_and_the_latest_counts() {
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
