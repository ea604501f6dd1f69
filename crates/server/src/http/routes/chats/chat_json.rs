//! A chat in the lists of the API.

use jiff::Timestamp;
use linekeeper_model::message::ChatType;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::routes::messages::message_json::{MessageJson, PersonJson};
use crate::messages::ShownChat;

/// A chat with its last message.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Chat)]
pub(in crate::http) struct ListedChatJson {
    /// The chat's id. It never changes. After two chats were merged, both ids work.
    #[schema(example = "01890a5d-ac96-774b-bcce-b302099a8057")]
    id: Uuid,
    /// The kind of chat: `direct`, `group`, `status`, `newsletter` or `broadcast`.
    #[serde(rename = "type")]
    #[schema(value_type = String, example = "direct")]
    kind: ChatType,
    /// The chat's address at WhatsApp.
    #[schema(example = "15551234567@s.whatsapp.net")]
    address: String,
    #[schema(required = true, example = "Ana")]
    name: Option<String>,
    /// The other person in a direct chat. Null in other chats.
    #[schema(required = true)]
    person: Option<PersonJson>,
    /// The number of inbound messages that are not marked as read.
    #[schema(example = 2)]
    unread_count: u32,
    #[schema(required = true)]
    last_message: Option<MessageJson>,
    /// When the last message was written.
    #[schema(value_type = String, format = DateTime)]
    last_message_at: Timestamp,
}

impl From<ShownChat> for ListedChatJson {
    fn from(shown: ShownChat) -> Self {
        let chat = shown.listed.chat;
        Self {
            id: chat.id.as_uuid(),
            kind: chat.kind,
            address: chat.address.to_string(),
            name: chat.name,
            person: chat.person.map(Into::into),
            unread_count: shown.listed.unread,
            last_message: shown.last_message.map(Into::into),
            last_message_at: shown.listed.last_message_at,
        }
    }
}
