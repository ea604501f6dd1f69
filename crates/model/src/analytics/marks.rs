//! A mark is a start time for measuring: when an account's state began, since when a chat waits for an answer, or
//! when WhatsApp accepted a message. Marks are written together with the figures.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use uuid::Uuid;

use crate::id::AccountId;

/// What a mark, the start time of a measurement, is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum About {
    /// When the account's current state began. The label names the state.
    Account,
    /// Since when a person waits for an answer in a direct chat. The label is empty.
    Chat,
    /// For an outbound message: when the message is due to be sent. After WhatsApp has accepted the message: when
    /// WhatsApp accepted it. The label names the message's type.
    Message,
}

/// The key of a mark (a start time): what the mark is about, and the id of the account, chat or message.
pub type MarkKey = (About, Uuid);

/// A start time for measuring a duration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// The account that the mark belongs to.
    pub account: AccountId,
    /// The code of the state or of the message's type; empty for a chat.
    pub label: String,
    /// The start time.
    pub at: Timestamp,
}

/// The marks (start times) that some events need, and which of them changed.
#[derive(Debug, Clone, Default)]
pub struct Marks {
    known: HashMap<MarkKey, Mark>,
    changed: HashSet<MarkKey>,
}

impl About {
    /// All kinds of start times.
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
    /// Takes start times as they were stored. None of them counts as changed.
    pub fn of(stored: impl IntoIterator<Item = (MarkKey, Mark)>) -> Self {
        Self { known: stored.into_iter().collect(), changed: HashSet::new() }
    }

    /// The start time with this key, if there is one.
    pub fn get(&self, key: MarkKey) -> Option<&Mark> {
        self.known.get(&key)
    }

    /// Sets a start time, and notes that it changed.
    pub fn set(&mut self, key: MarkKey, mark: Mark) {
        self.known.insert(key, mark);
        self.changed.insert(key);
    }

    /// Removes a start time, and notes the removal. Returns the removed start time.
    pub fn take(&mut self, key: MarkKey) -> Option<Mark> {
        let taken = self.known.remove(&key)?;
        self.changed.insert(key);
        Some(taken)
    }

    /// The start times that changed, for the caller to store. `None` means that the start time was removed.
    pub fn changes(&self) -> impl Iterator<Item = (MarkKey, Option<&Mark>)> {
        self.changed.iter().map(|key| (*key, self.known.get(key)))
    }
}
