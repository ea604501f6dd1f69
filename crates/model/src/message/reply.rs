//! What a message replies to.

use serde::{Deserialize, Serialize};

use super::content::MessageType;
use super::person::Person;
use crate::id::MessageId;

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Reply {
    /// The message here; null where this server never had it.
    pub message_id: Option<MessageId>,
    /// Its id at WhatsApp.
    pub wa_message_id: String,
    /// Who wrote it.
    pub sender: Option<Person>,
    /// What kind it is.
    #[serde(rename = "type")]
    pub kind: Option<MessageType>,
    /// The beginning of its text.
    pub preview: Option<String>,
}
