//! A shared location.

use linekeeper_model::message::{Content, Location};
use whatsapp_rust::waproto::whatsapp as wa;

use super::Translated;

pub(super) fn translate(message: &wa::Message) -> Option<Translated<'_>> {
    let place = message.location_message.as_option()?;
    Some((Content::Location(of(place)), place.context_info.as_option()))
}

pub(super) fn of(place: &wa::message::LocationMessage) -> Location {
    Location {
        latitude: finite(place.degrees_latitude),
        longitude: finite(place.degrees_longitude),
        name: place.name.clone().filter(|name| !name.is_empty()),
        address: place.address.clone().filter(|address| !address.is_empty()),
    }
}

/// Replaces a number that JSON cannot represent, such as infinity, with zero.
pub(super) fn finite(degrees: Option<f64>) -> f64 {
    degrees.filter(|degrees| degrees.is_finite()).unwrap_or(0.0)
}
