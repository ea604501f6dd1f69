//! Something that happened in the chat, such as another time after which messages vanish.

use serde::{Deserialize, Serialize};

use super::super::person::Person;

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SystemNote {
    /// What happened, such as `ephemeral_setting`.
    pub kind: String,
    /// Whom it is about.
    #[serde(default)]
    pub people: Vec<Person>,
}
