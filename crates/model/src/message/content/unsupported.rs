//! A message of a type that this server does not know.

use serde::{Deserialize, Serialize};

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unsupported {
    /// The protocol's name of the type.
    pub kind: String,
}
