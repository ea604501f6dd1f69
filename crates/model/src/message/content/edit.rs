//! A request to edit a message that was sent earlier.

use serde::{Deserialize, Serialize};

use crate::id::MessageId;

/// An edit of a message. It has either a new text or a new caption.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EditAct {
    /// The message to edit.
    pub message_id: MessageId,
    /// The new text.
    pub text: Option<String>,
    /// The new caption.
    pub caption: Option<String>,
}
