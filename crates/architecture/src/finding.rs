//! What a rule found: where, and why it matters.

use std::fmt;

use crate::tree::File;

/// One place that breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The file, from the root of the tree.
    pub path: String,
    /// The line, from 1.
    pub line: usize,
    /// Why the code may not be there, and what to do instead.
    pub reason: String,
}

impl Finding {
    /// A finding in `file`.
    pub fn new(file: &File, line: usize, reason: impl Into<String>) -> Self {
        Self { path: file.path.clone(), line, reason: reason.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.reason)
    }
}
