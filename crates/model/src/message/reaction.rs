//! An emoji that somebody put on a message.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::person::Person;

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reaction {
    /// Who reacted.
    pub sender: Person,
    /// With what.
    pub emoji: String,
    /// When.
    pub at: Timestamp,
}
