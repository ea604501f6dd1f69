//! A new text for a message that was sent before.

use serde::{Deserialize, Serialize};

use crate::id::MessageId;

/// An edit. It has either a text or a caption.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EditAct {
    /// Of which message.
    pub message_id: MessageId,
    /// The new text.
    pub text: Option<String>,
    /// The new caption.
    pub caption: Option<String>,
}
