//! A date to meet.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::location::Location;

/// See the module.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GroupEvent {
    /// What it is called.
    pub name: String,
    /// What it is about.
    pub description: Option<String>,
    /// When it begins.
    pub starts_at: Option<Timestamp>,
    /// When it ends.
    pub ends_at: Option<Timestamp>,
    /// Where.
    pub location: Option<Location>,
    /// Whether it was called off.
    pub cancelled: bool,
}
