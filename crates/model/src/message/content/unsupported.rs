//! A message of a type that this server does not know.

use serde::{Deserialize, Serialize};

/// The content of a message of a type that this server does not know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unsupported {
    /// The name of the type in WhatsApp's protocol.
    pub kind: String,
}
