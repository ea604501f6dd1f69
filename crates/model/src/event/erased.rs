//! What is left of an event after the person it was about is erased: its place, its type, and that it was erased.

use serde::{Deserialize, Serialize};

use super::EventType;

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erased {
    #[serde(rename = "type")]
    event_type: EventType,
    data: Mark,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Mark {
    erased: bool,
}

impl Erased {
    /// The rest of an event of this type.
    pub const fn of(event_type: EventType) -> Self {
        Self { event_type, data: Mark { erased: true } }
    }

    /// The type that the event had.
    pub const fn event_type(&self) -> EventType {
        self.event_type
    }
}
