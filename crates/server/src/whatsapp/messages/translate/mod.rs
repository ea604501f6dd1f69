//! Translates messages from WhatsApp's protocol to linekeeper's representation. There is one file for each type of
//! message, and the types are tried in the order of the table. A message of an unknown type becomes `unsupported`
//! with the protocol's name of the type, so that no decrypted message is dropped. The functions are pure.

mod button_reply;
mod contacts;
mod context;
mod event;
mod group_invite;
mod list_reply;
mod live_location;
mod location;
mod media;
mod order;
mod poll;
mod product;
mod protocol;
mod reaction;
mod resent;
mod source;
mod text;
mod unsupported;
mod wrappers;

pub(in crate::whatsapp) use resent::resent;
pub(in crate::whatsapp) use source::address;

use linekeeper_model::message::{Arrival, Arrived, Content, MessageType};
use whatsapp_rust::wacore::proto_helpers::MessageExt as _;
use whatsapp_rust::wacore::types::message::{MessageCategory, MessageInfo};
use whatsapp_rust::waproto::codec;
use whatsapp_rust::waproto::whatsapp as wa;

/// The result of translating a message: its content, and its context if it has one. The context says, for example,
/// which message this message replies to.
type Translated<'m> = (Content, Option<&'m wa::ContextInfo>);

/// Translates messages of one type. Returns `None` for a message of another type.
type Translator = for<'m> fn(&'m wa::Message) -> Option<Translated<'m>>;

const TRANSLATORS: &[Translator] = &[
    text::translate,
    media::image,
    media::video,
    media::audio,
    media::document,
    media::sticker,
    location::translate,
    live_location::translate,
    contacts::translate,
    poll::translate,
    event::translate,
    button_reply::translate,
    list_reply::translate,
    group_invite::translate,
    order::translate,
    product::translate,
];

/// Translates a decrypted message.
pub(in crate::whatsapp) fn translate(message: &wa::Message, info: &MessageInfo) -> Arrival {
    let wrapped = wrappers::unwrap(message);
    let what = if info.category == MessageCategory::Peer { Arrived::Nothing } else { says(&wrapped, info) };
    // For an edit, the bytes of the new content are stored, because later replies quote them.
    let wire = match (&what, wrapped.message.protocol_message.as_option()) {
        (Arrived::Edit { .. }, Some(act)) => act.edited_message.as_option().map(codec::message_to_vec),
        (Arrived::Message(..), _) => Some(codec::message_to_vec(wrapped.message)),
        _ => None,
    };
    Arrival { what, wire: wire.unwrap_or_default(), ..source::of(info) }
}

/// Returns what is stored for a message that could not be decrypted.
pub(in crate::whatsapp) fn undecryptable(info: &MessageInfo, view_once: bool) -> Arrival {
    Arrival { what: Arrived::Undecryptable { view_once }, ..source::of(info) }
}

fn says(wrapped: &wrappers::Unwrapped<'_>, info: &MessageInfo) -> Arrived {
    let message = wrapped.message;
    if let Some(arrived) = reaction::translate(message).or_else(|| protocol::translate(message)) {
        return arrived;
    }
    match content(message) {
        Some((content, about)) => {
            let mut context = about.map(context::translate).unwrap_or_default();
            context.view_once |= wrapped.view_once || message.is_view_once();
            context.ephemeral_seconds = context.ephemeral_seconds.or(info.ephemeral_expiration);
            Arrived::Message(Box::new(content), Box::new(context))
        }
        None => match unsupported::translate(message) {
            Some(content) => Arrived::Message(Box::new(content), Box::default()),
            None => Arrived::Nothing,
        },
    }
}

/// The content of a message, if its type is known.
fn content(message: &wa::Message) -> Option<Translated<'_>> {
    TRANSLATORS.iter().find_map(|translate| translate(message))
}

/// The type of a message and the beginning of its text, for replies that quote it.
fn summary(message: &wa::Message) -> (Option<MessageType>, Option<String>) {
    let message = wrappers::unwrap(message).message;
    match content(message) {
        Some((content, _)) => (Some(content.kind()), content.preview()),
        None => (unsupported::translate(message).map(|content| content.kind()), None),
    }
}

#[cfg(test)]
mod tests;
