//! One finding of a rule: where the code breaks the rule, and why that matters.

use std::fmt;

use crate::tree::File;

/// One line of code that breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The path of the file, relative to the root of the tree.
    pub path: String,
    /// The number of the line. The first line is 1.
    pub line: usize,
    /// Why this code may not stand here, and what to do instead.
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
