//! A message that could not be decrypted. When its sender sends it again, its real content replaces this.

use serde::{Deserialize, Serialize};

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Undecryptable {
    /// Whether WhatsApp withholds the message from linked devices, as it does with view-once messages. Such a message
    /// never arrives.
    #[serde(default)]
    pub withheld: bool,
}
