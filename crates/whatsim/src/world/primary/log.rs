//! The messages that a phone sent and received. The phone needs them when it sends a message again, quotes it or
//! reacts to it, and when it sends the message to a linked device.

use crate::world::{Account, Chat};
use buffa::Message as _;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use waproto::whatsapp as wa;

/// How many messages a phone remembers.
const KEPT: usize = 10_000;

/// A message that a phone sent or received.
#[derive(Clone)]
pub(super) struct Known {
    /// The chat of the message. `None` for messages between the devices of an account.
    pub chat: Option<Chat>,
    /// Who sent the message.
    pub sender: Arc<Account>,
    /// When the server accepted the message, in seconds since 1970.
    pub t: u64,
    /// The encoded content. It is decoded only when needed, because a decoded message takes more than a kilobyte.
    packed: Vec<u8>,
}

impl Known {
    pub(super) fn new(chat: Option<Chat>, sender: &Arc<Account>, t: u64, message: &wa::Message) -> Self {
        Self { chat, sender: sender.clone(), t, packed: message.encode_to_vec() }
    }

    pub(super) fn message(&self) -> wa::Message {
        wa::Message::decode_from_slice(&self.packed).unwrap_or_default()
    }
}

/// The id, the chat and the sender of a message. Only the three together identify a message.
type Name = (String, String, String);

/// The messages that a phone remembers.
#[derive(Default)]
pub(super) struct MessageLog {
    known: BTreeMap<Name, Known>,
    order: VecDeque<Name>,
}

impl MessageLog {
    pub(super) fn remember(&mut self, id: &str, message: Known) {
        let chat = message.chat.as_ref().map_or_else(String::new, |chat| chat.name().to_owned());
        let name = (id.to_owned(), chat, message.sender.number.clone());
        if self.known.insert(name.clone(), message).is_none() {
            self.order.push_back(name);
        }
        if self.order.len() > KEPT
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
    }

    /// All messages with this id. There is nearly always at most one.
    pub(super) fn with_id(&self, id: &str) -> impl Iterator<Item = &Known> + use<'_> {
        let from = (id.to_owned(), String::new(), String::new());
        let id = id.to_owned();
        self.known.range(from..).take_while(move |((of, _, _), _)| *of == id).map(|(_, known)| known)
    }

    /// The message with this id in the given chat. `None` for the chat means any chat.
    pub(super) fn find(&self, id: &str, chat: Option<&Chat>) -> Option<&Known> {
        let here = |known: &&Known| match (chat, &known.chat) {
            (Some(chat), Some(of)) => chat.name() == of.name(),
            (None, of) => of.is_some(),
            _ => false,
        };
        self.with_id(id).find(here)
    }
}
