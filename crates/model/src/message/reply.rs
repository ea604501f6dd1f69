//! The message that another message replies to.

use serde::{Deserialize, Serialize};

use super::content::MessageType;
use super::person::Person;
use crate::id::MessageId;

/// The message that another message replies to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Reply {
    /// The quoted message's id in linekeeper; null if this server never had the message.
    pub message_id: Option<MessageId>,
    /// The quoted message's id at WhatsApp.
    pub wa_message_id: String,
    /// Who wrote the quoted message.
    pub sender: Option<Person>,
    /// The type of the quoted message.
    #[serde(rename = "type")]
    pub kind: Option<MessageType>,
    /// The beginning of the quoted message's text.
    pub preview: Option<String>,
}
