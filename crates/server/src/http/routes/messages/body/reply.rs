//! The message to which a new message replies.

use serde_json::{Value, json};

use crate::http::request::fault::Faults;
use crate::http::request::fields::{Fault, parsed};
use crate::http::request::value::{Chars, FromValue};
use crate::messages::ReplyTo;

/// The id that WhatsApp gave a message.
type WaMessageId = Chars<1, 128>;

/// The message to reply to: its id, or, if this server does not have the message, the id that WhatsApp gave it.
pub(in crate::http) struct RepliesTo(pub(super) ReplyTo);

impl FromValue for RepliesTo {
    fn read(value: Value) -> Result<Self, Faults> {
        let wrong = |rule| Faults::from(Fault::new("invalid", rule));
        Ok(Self(match value {
            Value::String(_) => ReplyTo::Message(parsed(value)?),
            Value::Object(mut members) => match (members.remove("waMessageId"), members.is_empty()) {
                (Some(id), true) => ReplyTo::WaMessage(WaMessageId::read(id)?.0),
                _ => return Err(wrong("must be a message's id, or an object with waMessageId alone")),
            },
            _ => return Err(wrong("must be a message's id, or an object with waMessageId")),
        }))
    }

    fn schema() -> Value {
        json!({ "oneOf": [
            { "type": "string", "format": "uuid" },
            {
                "type": "object", "properties": { "waMessageId": WaMessageId::schema() },
                "required": ["waMessageId"], "additionalProperties": false,
            },
        ] })
    }
}
