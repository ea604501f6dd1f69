//! Start times for measuring: since when an account is in its state, since when a chat waits for an answer, and when
//! WhatsApp took a message. They are stored beside the figures and written together with them.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use uuid::Uuid;

use crate::id::AccountId;

/// What a mark measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum About {
    /// Since when an account is in the state named by the label.
    Account,
    /// Since when a person waits for an answer in a direct chat.
    Chat,
    /// When WhatsApp took an outbound message of the type named by the label. Before that, when the message is due.
    Message,
}

/// The key of a mark.
pub type MarkKey = (About, Uuid);

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// The account that the mark belongs to.
    pub account: AccountId,
    /// A second part of the mark, such as a code.
    pub label: String,
    /// When the mark happened.
    pub at: Timestamp,
}

/// The marks that a page of events needs, and which of them changed.
#[derive(Debug, Clone, Default)]
pub struct Marks {
    known: HashMap<MarkKey, Mark>,
    changed: HashSet<MarkKey>,
}

impl About {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Account, Self::Chat, Self::Message];

    /// The code under which the kind is stored.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Chat => "chat",
            Self::Message => "message",
        }
    }
}

impl Marks {
    /// Makes marks from the stored ones.
    pub fn of(stored: impl IntoIterator<Item = (MarkKey, Mark)>) -> Self {
        Self { known: stored.into_iter().collect(), changed: HashSet::new() }
    }

    /// The mark with this key.
    pub fn get(&self, key: MarkKey) -> Option<&Mark> {
        self.known.get(&key)
    }

    /// Sets a mark.
    pub fn set(&mut self, key: MarkKey, mark: Mark) {
        self.known.insert(key, mark);
        self.changed.insert(key);
    }

    /// Removes a mark.
    pub fn take(&mut self, key: MarkKey) -> Option<Mark> {
        let taken = self.known.remove(&key)?;
        self.changed.insert(key);
        Some(taken)
    }

    /// The changes to write: a mark, or that a mark was removed.
    pub fn changes(&self) -> impl Iterator<Item = (MarkKey, Option<&Mark>)> {
        self.changed.iter().map(|key| (*key, self.known.get(key)))
    }
}
