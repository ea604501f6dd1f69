//! A message of an unknown type. Only the protocol's name of the type is kept.

use linekeeper_model::message::{Content, Unsupported};
use serde_json::Value;
use whatsapp_rust::waproto::whatsapp as wa;

/// Fields of a message that have no content for people. They are sent with other content, or alone.
const TRAFFIC: [&str; 4] = [
    "message_context_info",
    "sender_key_distribution_message",
    "fast_ratchet_key_sender_key_distribution_message",
    "protocol_message",
];

/// The content of a message of an unknown type. `None` if the message is only internal traffic of the protocol.
pub(super) fn translate(message: &wa::Message) -> Option<Content> {
    let Value::Object(fields) = serde_json::to_value(message).ok()? else { return None };
    let named = fields.into_iter().find(|(name, value)| {
        let empty = match value {
            Value::Null => true,
            Value::Array(items) => items.is_empty(),
            _ => false,
        };
        !empty && !TRAFFIC.contains(&snake(name).as_str())
    });
    named.map(|(name, _)| Content::Unsupported(Unsupported { kind: camel(&name) }))
}

/// Converts a name to the spelling in the protocol's definition, such as `pollUpdateMessage`.
fn camel(name: &str) -> String {
    let mut camel = String::with_capacity(name.len());
    let mut upper = false;
    for letter in name.chars() {
        match letter {
            '_' => upper = true,
            _ if upper => {
                camel.extend(letter.to_uppercase());
                upper = false;
            }
            _ => camel.push(letter),
        }
    }
    camel
}

fn snake(name: &str) -> String {
    let mut snake = String::with_capacity(name.len());
    for letter in name.chars() {
        if letter.is_uppercase() {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}
