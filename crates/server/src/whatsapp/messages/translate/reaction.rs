//! A reaction: an emoji on another message.

use linekeeper_model::message::{Arrived, Target};
use whatsapp_rust::waproto::whatsapp as wa;

pub(super) fn translate(message: &wa::Message) -> Option<Arrived> {
    let reaction = message.reaction_message.as_option()?;
    let target = target(reaction.key.as_option()?)?;
    Some(Arrived::Reaction { target, emoji: reaction.text.clone().unwrap_or_default() })
}

/// Returns the message that a key of the protocol refers to.
pub(super) fn target(key: &wa::MessageKey) -> Option<Target> {
    Some(Target {
        wa_message_id: key.id.clone().filter(|id| !id.is_empty())?,
        from_me: key.from_me.unwrap_or(false),
        sender: key.participant.as_deref().and_then(|jid| jid.parse().ok()),
    })
}
