//! From when something is measured: since when an account is in its state, since when a chat waits for an answer, when
//! WhatsApp took a message. Kept beside the figures, and written with them.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use uuid::Uuid;

use crate::id::AccountId;

/// What a mark is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum About {
    /// Since when an account is in the state that the label names.
    Account,
    /// Since when a person waits for an answer in a direct chat.
    Chat,
    /// When WhatsApp took an outbound message of the kind that the label names, or until then, when it is due.
    Message,
}

/// What a mark is found by.
pub type MarkKey = (About, Uuid);

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// The account that it belongs to.
    pub account: AccountId,
    /// What else is known.
    pub label: String,
    /// When.
    pub at: Timestamp,
}

/// The marks that events of a page need, and those that changed.
#[derive(Debug, Clone, Default)]
pub struct Marks {
    known: HashMap<MarkKey, Mark>,
    changed: HashSet<MarkKey>,
}

impl About {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Account, Self::Chat, Self::Message];

    /// Its code, by which it is stored.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Chat => "chat",
            Self::Message => "message",
        }
    }
}

impl Marks {
    /// Those that are stored.
    pub fn of(stored: impl IntoIterator<Item = (MarkKey, Mark)>) -> Self {
        Self { known: stored.into_iter().collect(), changed: HashSet::new() }
    }

    /// The mark of that key.
    pub fn get(&self, key: MarkKey) -> Option<&Mark> {
        self.known.get(&key)
    }

    /// Sets one.
    pub fn set(&mut self, key: MarkKey, mark: Mark) {
        self.known.insert(key, mark);
        self.changed.insert(key);
    }

    /// Takes one away.
    pub fn take(&mut self, key: MarkKey) -> Option<Mark> {
        let taken = self.known.remove(&key)?;
        self.changed.insert(key);
        Some(taken)
    }

    /// What is to be written: a mark, or that there is none any more.
    pub fn changes(&self) -> impl Iterator<Item = (MarkKey, Option<&Mark>)> {
        self.changed.iter().map(|key| (*key, self.known.get(key)))
    }
}
