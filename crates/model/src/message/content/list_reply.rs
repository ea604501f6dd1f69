//! A reply that a person gave by choosing a row from a list.

use serde::{Deserialize, Serialize};

/// A reply that a person gave by choosing a row from a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListReply {
    /// The row's id. The program that sent the list chose it.
    pub id: Option<String>,
    /// The row's title, as the person saw it.
    pub title: String,
    /// The description under the row's title.
    pub description: Option<String>,
}
