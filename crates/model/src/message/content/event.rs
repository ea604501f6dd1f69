//! An event to which a group is invited.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::location::Location;

/// An event to which a group is invited.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GroupEvent {
    /// The name of the event.
    pub name: String,
    /// What the event is about.
    pub description: Option<String>,
    /// When the event begins.
    pub starts_at: Option<Timestamp>,
    /// When the event ends.
    pub ends_at: Option<Timestamp>,
    /// Where the event takes place.
    pub location: Option<Location>,
    /// Whether the event was cancelled.
    pub cancelled: bool,
}
