//! A person pressed a button.

use serde::{Deserialize, Serialize};

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ButtonReply {
    /// The button's id, which its sender chose.
    pub id: Option<String>,
    /// The title, as the person saw it.
    pub title: String,
}
