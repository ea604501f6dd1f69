//! A message that could not be decrypted. When its sender sends it again, it becomes what it is.

use serde::{Deserialize, Serialize};

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Undecryptable {
    /// Whether WhatsApp keeps it from linked devices, as it does with what can be seen only once: it never comes.
    #[serde(default)]
    pub withheld: bool,
}
