//! Events: a meeting or another occasion with a start time.

use super::{Desk, Invalid, Kind, Location, bounded};
use buffa::MessageField;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use waproto::whatsapp as wa;

/// An event that people are invited to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Event {
    /// The event's name.
    pub name: String,
    /// More about the event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// When the event begins.
    pub start_at: Timestamp,
    /// When the event ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_at: Option<Timestamp>,
    /// Where the event is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<Location>,
    /// The link to the event's voice or video call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub join_link: Option<String>,
    /// Whether the event is cancelled.
    #[serde(default)]
    pub canceled: bool,
}

impl Kind for Event {
    fn write(&self, _: &dyn Desk) -> Result<wa::Message, Invalid> {
        bounded("event.name", &self.name, 1_024)?;
        let event = wa::message::EventMessage {
            name: Some(self.name.clone()),
            description: self.description.clone(),
            start_time: Some(self.start_at.as_second()),
            end_time: self.end_at.map(Timestamp::as_second),
            location: self.location.as_ref().map(Location::to_proto).transpose()?.into(),
            join_link: self.join_link.clone(),
            is_canceled: Some(self.canceled),
            ..Default::default()
        };
        Ok(wa::Message { event_message: MessageField::some(event), ..Default::default() })
    }

    fn read(message: &wa::Message) -> Option<Self> {
        let event = message.event_message.as_option()?;
        let at = |seconds| Timestamp::from_second(seconds).ok();
        Some(Self {
            name: event.name.clone().unwrap_or_default(),
            description: event.description.clone(),
            start_at: event.start_time.and_then(at).unwrap_or_default(),
            end_at: event.end_time.and_then(at),
            location: event.location.as_option().map(Location::from_proto),
            join_link: event.join_link.clone(),
            canceled: event.is_canceled.unwrap_or_default(),
        })
    }
}
