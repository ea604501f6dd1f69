//! A message that could not be decrypted. If the sender sends it again in readable form, the real content replaces
//! this one.

use serde::{Deserialize, Serialize};

/// The content of a message that could not be decrypted.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Undecryptable {
    /// Whether WhatsApp withholds the message from linked devices, as it does with view-once messages. Such a message
    /// never arrives in readable form.
    #[serde(default)]
    pub withheld: bool,
}
