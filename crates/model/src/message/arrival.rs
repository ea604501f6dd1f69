//! The result of translating one WhatsApp stanza. It still contains addresses and not people, because only the
//! database knows which person an address means.

use jiff::Timestamp;

use super::ReceivedVia;
use super::address::Address;
use super::content::{Content, MessageType};
use super::referral::Referral;
use crate::phone::Identity;

/// One inbound item.
#[derive(Debug, Clone, PartialEq)]
pub struct Arrival {
    /// The item's id at WhatsApp.
    pub wa_message_id: String,
    /// The chat of the message.
    pub chat: Address,
    /// The other person of a direct chat, with every form that the stanza contains.
    pub peer: Identity,
    /// The author, with every form that the stanza contains.
    pub sender: Identity,
    /// The name that the sender chose.
    pub push_name: Option<String>,
    /// Whether the account itself wrote it, on the phone or on another device.
    pub from_me: bool,
    /// WhatsApp's time.
    pub timestamp: Timestamp,
    /// Whether WhatsApp had stored the item for a while.
    pub via: ReceivedVia,
    /// The content of the item.
    pub what: Arrived,
    /// The protocol's own bytes of the content, for replies and files.
    pub wire: Vec<u8>,
}

/// See [`Arrival::what`].
#[derive(Debug, Clone, PartialEq)]
pub enum Arrived {
    /// A message that people read.
    Message(Box<Content>, Box<Context>),
    /// An emoji on another message. An empty one removes the reaction.
    Reaction {
        /// The message that it belongs to.
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
        /// Whether the message is a view-once message. Such a message never arrives again.
        view_once: bool,
    },
    /// A sender with a hidden number reveals it: all addresses in the stanza belong to one person.
    NumberTold,
    /// Internal traffic of the protocol, which nobody needs to see.
    Nothing,
}

/// Data that belongs to a message besides its content.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Context {
    /// What the message replies to.
    pub quoted: Option<Quoted>,
    /// Who is mentioned.
    pub mentions: Vec<Address>,
    /// Whether the message was forwarded.
    pub forwarded: bool,
    /// How often the message was forwarded.
    pub forwarding_score: u32,
    /// Whether the message is a view-once message.
    pub view_once: bool,
    /// The seconds after which phones delete it.
    pub ephemeral_seconds: Option<u32>,
    /// The advertisement that the chat began with.
    pub referral: Option<Referral>,
}

/// The quoted message, as the reply repeats it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quoted {
    /// The quoted message's id at WhatsApp.
    pub wa_message_id: String,
    /// Who wrote the quoted message.
    pub sender: Option<Address>,
    /// What kind the quoted message is.
    pub kind: Option<MessageType>,
    /// The beginning of the quoted message's text.
    pub preview: Option<String>,
}

/// The message that an edit, reaction or revoke is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The target's id at WhatsApp.
    pub wa_message_id: String,
    /// Whether the account wrote it.
    pub from_me: bool,
    /// Who wrote the target, if the stanza says so.
    pub sender: Option<Address>,
}
