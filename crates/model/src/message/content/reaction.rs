//! An emoji on another message.

use serde::{Deserialize, Serialize};

use crate::id::MessageId;

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReactionAct {
    /// On which message.
    pub message_id: MessageId,
    /// The emoji; empty to remove the reaction.
    pub emoji: String,
}
