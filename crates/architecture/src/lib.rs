//! The rules of the house as functions from a tree of files to findings. `tests/it` applies them to this repository.
//! The unit test beside each rule shows that the rule can fail. This crate depends on nothing, least of all on
//! linekeeper.

#![forbid(unsafe_code)]

mod finding;
pub mod rules;
mod syntax;
mod tree;

pub use finding::Finding;
pub use syntax::{Comment, PathUse, Syntax};
pub use tree::{File, Tree};
