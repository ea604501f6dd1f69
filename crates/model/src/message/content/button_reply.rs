//! A button that somebody pressed.

use serde::{Deserialize, Serialize};

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ButtonReply {
    /// The button's id, as its sender chose it.
    pub id: Option<String>,
    /// What stood on it.
    pub title: String,
}
