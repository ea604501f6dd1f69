//! Messages that a phone received but cannot show: messages that it could not decrypt, and messages of unknown
//! kinds.

use super::{Desk, Invalid, Kind};
use serde::{Deserialize, Serialize};
use waproto::whatsapp as wa;

/// A message that the phone could not decrypt. The phone has sent a retry request for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Undecryptable {}

/// A message of a kind that whatsim does not know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unsupported {
    /// The protocol's name for the kind.
    pub kind: String,
}

/// Fields of a message that a person never sees.
const SILENT: [&str; 3] = ["message_context_info", "sender_key_distribution_message", "protocol_message"];

impl Unsupported {
    /// Names the kind after the protobuf field that is set. Returns `None` if only fields are set that a person
    /// never sees.
    pub(super) fn of(message: &wa::Message) -> Option<Self> {
        let fields = serde_json::to_value(message).ok()?;
        let mut fields = fields.as_object()?.iter();
        let (name, _) = fields.find(|(name, value)| !value.is_null() && !SILENT.contains(&name.as_str()))?;
        Some(Self { kind: name.clone() })
    }
}

impl Kind for Undecryptable {
    fn write(&self, _: &dyn Desk) -> Result<wa::Message, Invalid> {
        Err(Invalid::new("type", "undecryptable is no message that a phone can send"))
    }

    fn read(_: &wa::Message) -> Option<Self> {
        None
    }
}

impl Kind for Unsupported {
    fn write(&self, _: &dyn Desk) -> Result<wa::Message, Invalid> {
        Err(Invalid::new("type", "unsupported is no message that a phone can send"))
    }

    fn read(_: &wa::Message) -> Option<Self> {
        None
    }
}
