//! One WhatsApp stanza, translated. People are named by their addresses, because only the database knows to which
//! contact an address belongs.

use jiff::Timestamp;

use super::ReceivedVia;
use super::address::Address;
use super::content::{Content, MessageType};
use super::referral::Referral;
use crate::phone::Identity;

/// Something that arrived from WhatsApp: a message, a reaction, an edit, or another item.
#[derive(Debug, Clone, PartialEq)]
pub struct Arrival {
    /// The item's id at WhatsApp.
    pub wa_message_id: String,
    /// The chat of the message.
    pub chat: Address,
    /// In a direct chat: the other person's number and LID, as the stanza contains them.
    pub peer: Identity,
    /// The author's number and LID, as the stanza contains them.
    pub sender: Identity,
    /// The name that the sender gave themselves.
    pub push_name: Option<String>,
    /// Whether the account itself sent the item, from the phone or from another linked device.
    pub from_me: bool,
    /// When the item was sent, according to WhatsApp.
    pub timestamp: Timestamp,
    /// How the item reached the server: for example live, or after WhatsApp had stored it.
    pub via: ReceivedVia,
    /// The content of the item.
    pub what: Arrived,
    /// The content as the bytes of WhatsApp's protocol. They are needed to reply and to download files.
    pub wire: Vec<u8>,
}

/// The content of an [`Arrival`].
#[derive(Debug, Clone, PartialEq)]
pub enum Arrived {
    /// A message that people read.
    Message(Box<Content>, Box<Context>),
    /// An emoji on another message. An empty emoji removes the reaction.
    Reaction {
        /// The message that the emoji is on.
        target: Target,
        /// The emoji.
        emoji: String,
    },
    /// A new text for an earlier message.
    Edit {
        /// The edited message.
        target: Target,
        /// The new content.
        content: Box<Content>,
    },
    /// A message was revoked.
    Revoke {
        /// The revoked message.
        target: Target,
    },
    /// The message could not be decrypted.
    Undecryptable {
        /// Whether the message is a view-once message. WhatsApp never sends such a message again.
        view_once: bool,
    },
    /// A sender reveals their phone number, which was hidden before. All addresses in the stanza belong to this sender.
    NumberTold,
    /// Internal messages of the protocol, which no person needs to see.
    Nothing,
}

/// What belongs to a message besides its content, such as mentions and the quoted message.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Context {
    /// The message that this message replies to.
    pub quoted: Option<Quoted>,
    /// The people who are mentioned.
    pub mentions: Vec<Address>,
    /// Whether the message was forwarded.
    pub forwarded: bool,
    /// How often the message was forwarded, as counted by WhatsApp.
    pub forwarding_score: u32,
    /// Whether the message is a view-once message.
    pub view_once: bool,
    /// The number of seconds after which phones delete the message.
    pub ephemeral_seconds: Option<u32>,
    /// The advertisement that the chat started from.
    pub referral: Option<Referral>,
}

/// The quoted message, as the reply describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quoted {
    /// The quoted message's id at WhatsApp.
    pub wa_message_id: String,
    /// Who wrote the quoted message.
    pub sender: Option<Address>,
    /// The type of the quoted message.
    pub kind: Option<MessageType>,
    /// The beginning of the quoted message's text.
    pub preview: Option<String>,
}

/// The message that an edit, a reaction or a revocation refers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The message's id at WhatsApp.
    pub wa_message_id: String,
    /// Whether the account itself sent the message.
    pub from_me: bool,
    /// Who wrote the message, if the stanza names the writer.
    pub sender: Option<Address>,
}
