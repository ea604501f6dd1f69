//! Protocol messages that edit or revoke other messages, or change the chat. All other protocol messages are
//! internal traffic.

use linekeeper_model::message::{Arrived, Content, Context, SystemNote};
use whatsapp_rust::waproto::whatsapp as wa;
use whatsapp_rust::waproto::whatsapp::message::protocol_message::Type;

use super::reaction::target;
use super::{content, unsupported, wrappers};

pub(super) fn translate(message: &wa::Message) -> Option<Arrived> {
    let act = message.protocol_message.as_option()?;
    let target = || act.key.as_option().and_then(target);
    Some(match act.r#type {
        Some(Type::REVOKE) => target().map_or(Arrived::Nothing, |target| Arrived::Revoke { target }),
        Some(Type::MESSAGE_EDIT) => match (target(), act.edited_message.as_option()) {
            (Some(target), Some(edited)) => {
                let edited = wrappers::unwrap(edited).message;
                let content = content(edited).map(|(content, _)| content);
                match content.or_else(|| unsupported::translate(edited)) {
                    Some(content) => Arrived::Edit { target, content: Box::new(content) },
                    None => Arrived::Nothing,
                }
            }
            _ => Arrived::Nothing,
        },
        Some(Type::EPHEMERAL_SETTING) => {
            let note = SystemNote { kind: "ephemeral_setting".to_owned(), people: Vec::new() };
            let seconds = act.ephemeral_expiration;
            let context = Context { ephemeral_seconds: seconds, ..Context::default() };
            Arrived::Message(Box::new(Content::System(note)), Box::new(context))
        }
        Some(Type::SHARE_PHONE_NUMBER) => Arrived::NumberTold,
        _ => Arrived::Nothing,
    })
}
