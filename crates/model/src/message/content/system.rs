//! Something that happened in the chat, such as a new time after which messages disappear.

use serde::{Deserialize, Serialize};

use super::super::person::Person;

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SystemNote {
    /// What happened, such as `ephemeral_setting`.
    pub kind: String,
    /// The people that the note is about.
    #[serde(default)]
    pub people: Vec<Person>,
}
