//! A request to revoke a message.

use serde::{Deserialize, Serialize};

use crate::id::MessageId;

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RevokeAct {
    /// Which message.
    pub message_id: MessageId,
}
