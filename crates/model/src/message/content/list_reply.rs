//! A row that somebody chose from a list.

use serde::{Deserialize, Serialize};

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListReply {
    /// The row's id, as its sender chose it.
    pub id: Option<String>,
    /// What stood on it.
    pub title: String,
    /// What stood below.
    pub description: Option<String>,
}
