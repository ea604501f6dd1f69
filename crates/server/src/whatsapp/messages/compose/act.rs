//! Composes acts on another message: reactions, edits and revokes.

use jiff::Timestamp;
use linekeeper_model::message::Address;
use whatsapp_rust::buffa::MessageField;
use whatsapp_rust::waproto::codec;
use whatsapp_rust::waproto::whatsapp as wa;
use whatsapp_rust::waproto::whatsapp::message::protocol_message::Type;
use whatsapp_rust::waproto::whatsapp::message::{ProtocolMessage, ReactionMessage};

use super::finish;

/// The bytes of a reaction. `author` is the author of the target message in a group, or `None` if the account
/// wrote it.
pub fn reaction(
    chat: &Address,
    wa_message_id: &str,
    author: Option<&Address>,
    from_me: bool,
    emoji: &str,
    now: Timestamp,
    secret: [u8; 32],
) -> Vec<u8> {
    let reaction = ReactionMessage {
        key: MessageField::some(key(chat, wa_message_id, author, from_me)),
        text: Some(emoji.to_owned()),
        sender_timestamp_ms: Some(now.as_millisecond()),
        ..Default::default()
    };
    finish(wa::Message { reaction_message: MessageField::some(reaction), ..Default::default() }, secret)
}

/// The bytes of an edit of a message that the account wrote. `content` is the new content, already composed.
pub fn edit(
    chat: &Address,
    wa_message_id: &str,
    content: &[u8],
    now: Timestamp,
    secret: [u8; 32],
) -> Option<Vec<u8>> {
    let mut edited = codec::message_decode(content).ok()?;
    edited.message_context_info = MessageField::none();
    let act = ProtocolMessage {
        key: MessageField::some(key(chat, wa_message_id, None, true)),
        r#type: Some(Type::MESSAGE_EDIT),
        edited_message: MessageField::some(edited),
        timestamp_ms: Some(now.as_millisecond()),
        ..Default::default()
    };
    Some(finish(wa::Message { protocol_message: MessageField::some(act), ..Default::default() }, secret))
}

/// The bytes of a revoke. It takes back a message of the account, or in a group a message of `author`. The
/// library's `revoke_message` is not used: it would choose a new id for each attempt. It would also distribute the
/// group's keys again, which WhatsApp does not require: other clients send an admin's revoke as an ordinary
/// message.
pub fn revoke(chat: &Address, wa_message_id: &str, author: Option<&Address>, secret: [u8; 32]) -> Vec<u8> {
    let act = ProtocolMessage {
        key: MessageField::some(key(chat, wa_message_id, author, author.is_none())),
        r#type: Some(Type::REVOKE),
        ..Default::default()
    };
    finish(wa::Message { protocol_message: MessageField::some(act), ..Default::default() }, secret)
}

fn key(chat: &Address, wa_message_id: &str, author: Option<&Address>, from_me: bool) -> wa::MessageKey {
    wa::MessageKey {
        remote_jid: Some(chat.to_string()),
        from_me: Some(from_me),
        id: Some(wa_message_id.to_owned()),
        participant: author.map(ToString::to_string),
    }
}
