//! A request to revoke a message.

use serde::{Deserialize, Serialize};

use crate::id::MessageId;

/// A request to revoke a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RevokeAct {
    /// The message to revoke.
    pub message_id: MessageId,
}
