//! What a translator makes of one stanza of WhatsApp: names are addresses still, because whom they mean is decided with
//! the database.

use jiff::Timestamp;

use super::ReceivedVia;
use super::address::Address;
use super::content::{Content, MessageType};
use super::referral::Referral;
use crate::phone::Identity;

/// One thing that came in.
#[derive(Debug, Clone, PartialEq)]
pub struct Arrival {
    /// Its id at WhatsApp.
    pub wa_message_id: String,
    /// Where it was written.
    pub chat: Address,
    /// The other side of a direct chat, with every form that the stanza tells.
    pub peer: Identity,
    /// Who wrote it, with every form that the stanza tells.
    pub sender: Identity,
    /// What the sender calls themself.
    pub push_name: Option<String>,
    /// Whether the account itself wrote it, on the phone or on another device.
    pub from_me: bool,
    /// WhatsApp's time.
    pub timestamp: Timestamp,
    /// Whether WhatsApp had kept it.
    pub via: ReceivedVia,
    /// What came.
    pub what: Arrived,
    /// The protocol's own bytes of the content, for replies and files.
    pub wire: Vec<u8>,
}

/// See [`Arrival::what`].
#[derive(Debug, Clone, PartialEq)]
pub enum Arrived {
    /// A message of its own.
    Message(Box<Content>, Box<Context>),
    /// An emoji on another message; an empty one takes it back.
    Reaction {
        /// On which.
        target: Target,
        /// With what.
        emoji: String,
    },
    /// Another text in place of the first.
    Edit {
        /// Of which.
        target: Target,
        /// What it says now.
        content: Box<Content>,
    },
    /// A message was taken back.
    Revoke {
        /// Which.
        target: Target,
    },
    /// It could not be decrypted.
    Undecryptable {
        /// Whether it can be seen only once: then it never comes again.
        view_once: bool,
    },
    /// The sender, who hid the number, tells it: all that the stanza names is one person.
    NumberTold,
    /// The protocol's own traffic, which nobody needs to see.
    Nothing,
}

/// What surrounds a message's content.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Context {
    /// What it replies to.
    pub quoted: Option<Quoted>,
    /// Who is mentioned.
    pub mentions: Vec<Address>,
    /// Whether it was forwarded.
    pub forwarded: bool,
    /// How often.
    pub forwarding_score: u32,
    /// Whether it can be seen only once.
    pub view_once: bool,
    /// After how many seconds phones remove it.
    pub ephemeral_seconds: Option<u32>,
    /// The advertisement that the chat began at.
    pub referral: Option<Referral>,
}

/// The message that is replied to, as the reply repeats it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quoted {
    /// Its id at WhatsApp.
    pub wa_message_id: String,
    /// Who wrote it.
    pub sender: Option<Address>,
    /// What kind it is.
    pub kind: Option<MessageType>,
    /// The beginning of its text.
    pub preview: Option<String>,
}

/// The message that something is done to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Its id at WhatsApp.
    pub wa_message_id: String,
    /// Whether the account wrote it.
    pub from_me: bool,
    /// Who wrote it, where the stanza tells.
    pub sender: Option<Address>,
}
