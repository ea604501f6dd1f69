//! Another text for a message that was sent.

use serde::{Deserialize, Serialize};

use crate::id::MessageId;

/// See the module. One of the two texts is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EditAct {
    /// Of which message.
    pub message_id: MessageId,
    /// The text from now on.
    pub text: Option<String>,
    /// The caption from now on.
    pub caption: Option<String>,
}
