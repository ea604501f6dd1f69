//! Revokes: a message that is deleted for everybody.

use super::{Desk, Invalid, Kind};
use buffa::MessageField;
use serde::{Deserialize, Serialize};
use wa::message::protocol_message::Type;
use waproto::whatsapp as wa;

/// A request to delete another message for everybody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Revoke {
    /// The id of the message that is deleted.
    pub message_id: String,
}

impl Kind for Revoke {
    fn write(&self, desk: &dyn Desk) -> Result<wa::Message, Invalid> {
        let target = desk.target(&self.message_id).map_err(|e| Invalid::new("revoke.messageId", e.reason))?;
        let protocol = wa::message::ProtocolMessage {
            key: MessageField::some(target.key),
            r#type: Some(Type::REVOKE),
            ..Default::default()
        };
        Ok(wa::Message { protocol_message: MessageField::some(protocol), ..Default::default() })
    }

    fn read(message: &wa::Message) -> Option<Self> {
        let protocol = message.protocol_message.as_option()?;
        let revoked = protocol.r#type == Some(Type::REVOKE);
        revoked.then(|| Self { message_id: protocol.key.id.clone().unwrap_or_default() })
    }
}
