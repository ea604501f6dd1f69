//! A message that invites people to an event.

use jiff::Timestamp;
use linekeeper_model::message::{Content, GroupEvent};
use whatsapp_rust::waproto::whatsapp as wa;

use super::{Translated, location};

pub(super) fn translate(message: &wa::Message) -> Option<Translated<'_>> {
    let event = message.event_message.as_option()?;
    let time = |seconds: Option<i64>| seconds.and_then(|seconds| Timestamp::from_second(seconds).ok());
    let content = GroupEvent {
        name: event.name.clone().unwrap_or_default(),
        description: event.description.clone().filter(|text| !text.is_empty()),
        starts_at: time(event.start_time),
        ends_at: time(event.end_time),
        location: event.location.as_option().map(location::of),
        cancelled: event.is_canceled.unwrap_or(false),
    };
    Some((Content::Event(content), event.context_info.as_option()))
}
