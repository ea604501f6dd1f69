//! What remains of an event after the person that it was about is erased: its number in the log, its type, and the
//! note that it was erased.

use serde::{Deserialize, Serialize};

use super::EventType;

/// The type of an erased event, and the note that it was erased.
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
    /// What remains of an event of this type after the event is erased.
    pub const fn of(event_type: EventType) -> Self {
        Self { event_type, data: Mark { erased: true } }
    }

    /// The type of the event.
    pub const fn event_type(&self) -> EventType {
        self.event_type
    }
}
