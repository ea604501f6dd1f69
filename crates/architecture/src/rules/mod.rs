//! One file per kind of rule. Each rule takes the tree and returns what breaks the rule.

pub mod arrows;
pub mod danger;
pub mod documents;
pub mod leaks;
pub mod lengths;
pub mod manifests;
pub mod message_kinds;
pub mod names;
pub mod owners;
pub mod prose;
pub mod purity;
pub mod sleeps;
