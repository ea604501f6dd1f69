//! The project's own rules, written as functions: each takes the tree of files and returns findings. `tests/it`
//! applies them to this repository. The unit test beside each rule shows that the rule can fail. This crate
//! depends on no other crate, and so not on linekeeper.

#![forbid(unsafe_code)]

mod finding;
pub mod rules;
mod syntax;
mod tree;

pub use finding::Finding;
pub use syntax::{Comment, PathUse, Syntax};
pub use tree::{File, Tree};
