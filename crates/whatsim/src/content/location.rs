//! Locations: a place, or the sender's position for a while.

use super::{Desk, Invalid, Kind};
use buffa::MessageField;
use serde::{Deserialize, Serialize};
use waproto::whatsapp as wa;

/// A place.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Location {
    /// The latitude in degrees north.
    pub latitude: f64,
    /// The longitude in degrees east.
    pub longitude: f64,
    /// The name of the place that the location shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The place's address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// The place's web page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// The sender's current position. When the position changes, the sender's device sends another message of this
/// kind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct LiveLocation {
    /// The latitude in degrees north.
    pub latitude: f64,
    /// The longitude in degrees east.
    pub longitude: f64,
    /// Text under the map.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caption: Option<String>,
    /// How exact the position is, in metres.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accuracy_meters: Option<u32>,
    /// A number that grows with each update.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sequence: Option<i64>,
}

fn on_earth(name: &str, latitude: f64, longitude: f64) -> Result<(), Invalid> {
    if !(-90.0..=90.0).contains(&latitude) {
        return Err(Invalid::new(format!("{name}.latitude"), "must be -90 to 90"));
    }
    if !(-180.0..=180.0).contains(&longitude) {
        return Err(Invalid::new(format!("{name}.longitude"), "must be -180 to 180"));
    }
    Ok(())
}

impl Location {
    pub(super) fn to_proto(&self) -> Result<wa::message::LocationMessage, Invalid> {
        on_earth("location", self.latitude, self.longitude)?;
        Ok(wa::message::LocationMessage {
            degrees_latitude: Some(self.latitude),
            degrees_longitude: Some(self.longitude),
            name: self.name.clone(),
            address: self.address.clone(),
            url: self.url.clone(),
            ..Default::default()
        })
    }

    pub(super) fn from_proto(place: &wa::message::LocationMessage) -> Self {
        Self {
            latitude: place.degrees_latitude.unwrap_or_default(),
            longitude: place.degrees_longitude.unwrap_or_default(),
            name: place.name.clone(),
            address: place.address.clone(),
            url: place.url.clone(),
        }
    }
}

impl Kind for Location {
    fn write(&self, _: &dyn Desk) -> Result<wa::Message, Invalid> {
        Ok(wa::Message { location_message: MessageField::some(self.to_proto()?), ..Default::default() })
    }

    fn read(message: &wa::Message) -> Option<Self> {
        message.location_message.as_option().map(Self::from_proto)
    }
}

impl Kind for LiveLocation {
    fn write(&self, _: &dyn Desk) -> Result<wa::Message, Invalid> {
        on_earth("liveLocation", self.latitude, self.longitude)?;
        let live = wa::message::LiveLocationMessage {
            degrees_latitude: Some(self.latitude),
            degrees_longitude: Some(self.longitude),
            caption: self.caption.clone(),
            accuracy_in_meters: self.accuracy_meters,
            sequence_number: Some(self.sequence.unwrap_or(1)),
            ..Default::default()
        };
        Ok(wa::Message { live_location_message: MessageField::some(live), ..Default::default() })
    }

    fn read(message: &wa::Message) -> Option<Self> {
        let live = message.live_location_message.as_option()?;
        Some(Self {
            latitude: live.degrees_latitude.unwrap_or_default(),
            longitude: live.degrees_longitude.unwrap_or_default(),
            caption: live.caption.clone(),
            accuracy_meters: live.accuracy_in_meters,
            sequence: live.sequence_number,
        })
    }
}
