//! A shared live location.

use linekeeper_model::message::{Content, LiveLocation};
use whatsapp_rust::waproto::whatsapp as wa;

use super::Translated;
use super::location::finite;

pub(super) fn translate(message: &wa::Message) -> Option<Translated<'_>> {
    let place = message.live_location_message.as_option()?;
    let content = LiveLocation {
        latitude: finite(place.degrees_latitude),
        longitude: finite(place.degrees_longitude),
        accuracy_metres: place.accuracy_in_meters,
        caption: place.caption.clone().filter(|caption| !caption.is_empty()),
    };
    Some((Content::LiveLocation(content), place.context_info.as_option()))
}
