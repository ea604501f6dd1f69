//! A poll. WhatsApp has several generations of polls, which are all encoded in the same way.

use linekeeper_model::message::{Content, Poll};
use whatsapp_rust::waproto::whatsapp as wa;

use super::Translated;

pub(super) fn translate(message: &wa::Message) -> Option<Translated<'_>> {
    let plain = [
        &message.poll_creation_message,
        &message.poll_creation_message_v2,
        &message.poll_creation_message_v3,
    ];
    let poll = plain.into_iter().find_map(|field| field.as_option())?;
    let options = poll.options.iter().map(|option| option.option_name.clone().unwrap_or_default());
    let content = Poll {
        question: poll.name.clone().unwrap_or_default(),
        options: options.collect(),
        selectable: poll.selectable_options_count.unwrap_or(0),
    };
    Some((Content::Poll(content), poll.context_info.as_option()))
}
