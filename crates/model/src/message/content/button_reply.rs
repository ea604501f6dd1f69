//! A reply that a person gave by pressing a button.

use serde::{Deserialize, Serialize};

/// A reply that a person gave by pressing a button.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ButtonReply {
    /// The button's id. The program that sent the button chose it.
    pub id: Option<String>,
    /// The button's text, as the person saw it.
    pub title: String,
}
