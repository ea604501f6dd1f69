//! An emoji that a person put on a message.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::person::Person;

/// An emoji that a person put on a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reaction {
    /// Who reacted.
    pub sender: Person,
    /// The emoji.
    pub emoji: String,
    /// When the reaction happened.
    pub at: Timestamp,
}
