//! An event that people are invited to.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::location::Location;

/// See the module.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GroupEvent {
    /// What the event is called.
    pub name: String,
    /// What the event is about.
    pub description: Option<String>,
    /// When the event begins.
    pub starts_at: Option<Timestamp>,
    /// When the event ends.
    pub ends_at: Option<Timestamp>,
    /// The place.
    pub location: Option<Location>,
    /// Whether the event was cancelled.
    pub cancelled: bool,
}
