//! A person chose a row from a list.

use serde::{Deserialize, Serialize};

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListReply {
    /// The row's id, which its sender chose.
    pub id: Option<String>,
    /// The title, as the person saw it.
    pub title: String,
    /// The description under the title.
    pub description: Option<String>,
}
