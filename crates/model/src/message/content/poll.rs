//! A poll: a question with options.

use serde::{Deserialize, Serialize};

/// A poll: a question with options.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Poll {
    /// The question.
    pub question: String,
    /// The options.
    pub options: Vec<String>,
    /// How many options a person may choose; 0 for any number.
    pub selectable: u32,
}
