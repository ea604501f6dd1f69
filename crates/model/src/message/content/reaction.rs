//! An emoji on another message.

use serde::{Deserialize, Serialize};

use crate::id::MessageId;

/// An emoji on another message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReactionAct {
    /// The message that the emoji is on.
    pub message_id: MessageId,
    /// The emoji; empty to remove the reaction.
    pub emoji: String,
}
