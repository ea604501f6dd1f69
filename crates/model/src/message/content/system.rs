//! Something that happened in the chat, for example that somebody changed the time after which messages disappear.

use serde::{Deserialize, Serialize};

use super::super::person::Person;

/// Something that happened in the chat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SystemNote {
    /// What happened, such as `ephemeral_setting`.
    pub kind: String,
    /// The people whom the event concerns.
    #[serde(default)]
    pub people: Vec<Person>,
}
