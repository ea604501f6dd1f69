//! A linked device asks its phone for a message that it could not decrypt ("placeholder resend"). If the phone has
//! the message, it sends the message to the device.

use super::{Primary, SendError};
use crate::world::{Chat, message_id};
use buffa::{Message as _, MessageField};
use wa::message::PeerDataOperationRequestType as Request;
use wa::message::peer_data_operation_request_response_message::PeerDataOperationResult;
use wa::message::peer_data_operation_request_response_message::peer_data_operation_result::PlaceholderMessageResendResponse;
use wacore_binary::Server;
use waproto::whatsapp as wa;

impl Primary {
    /// Handles a message from one of the account's own devices. If the device requests messages, sends the answer
    /// to it.
    pub(super) async fn answer_peer(
        &self,
        device: u16,
        id: &str,
        message: &wa::Message,
    ) -> Result<(), SendError> {
        let request = &message.protocol_message.peer_data_operation_request_message;
        if request.peer_data_operation_request_type != Some(Request::PLACEHOLDER_MESSAGE_RESEND) {
            return Ok(());
        }
        let keys = request.placeholder_message_resend_request.iter();
        let results = keys.map(|asked| {
            let bytes = self.as_history(&asked.message_key).encode_to_vec();
            PeerDataOperationResult {
                placeholder_message_resend_response: MessageField::some(PlaceholderMessageResendResponse {
                    web_message_info_bytes: Some(bytes),
                }),
                ..Default::default()
            }
        });
        let response = wa::message::PeerDataOperationRequestResponseMessage {
            peer_data_operation_request_type: Some(Request::PLACEHOLDER_MESSAGE_RESEND),
            stanza_id: Some(id.to_owned()),
            peer_data_operation_result: results.collect(),
        };
        let protocol = wa::message::ProtocolMessage {
            r#type: Some(wa::message::protocol_message::Type::PEER_DATA_OPERATION_REQUEST_RESPONSE_MESSAGE),
            peer_data_operation_request_response_message: MessageField::some(response),
            ..Default::default()
        };
        let answer = wa::Message { protocol_message: MessageField::some(protocol), ..Default::default() };
        let id = message_id(&mut rand::rng());
        self.send_peer(device, &id, &answer, None).await
    }

    /// Finds the message that `key` names, and returns it in the form in which phones store messages. If the phone
    /// does not have the message, the result has no content. Addresses in the result contain phone numbers, even if
    /// the key contains a LID.
    fn as_history(&self, key: &wa::MessageKey) -> wa::WebMessageInfo {
        let id = key.id.as_deref().unwrap_or_default();
        let own = &self.account.number;
        let from_me = key.from_me.unwrap_or_default();
        let known = self.log.with_id(id).find(|known| (known.sender.number == *own) == from_me);
        let Some((known, chat)) = known.and_then(|known| Some((known, known.chat.as_ref()?))) else {
            return wa::WebMessageInfo { key: MessageField::some(key.clone()), ..Default::default() };
        };
        let participant = match chat {
            Chat::Group(_) if !from_me => Some(known.sender.pn_jid(0).to_string()),
            _ => None,
        };
        let key = wa::MessageKey {
            remote_jid: Some(chat.jid_on(Server::Pn).to_string()),
            from_me: Some(from_me),
            id: Some(id.to_owned()),
            participant,
        };
        wa::WebMessageInfo {
            key: MessageField::some(key),
            message: MessageField::some(known.message()),
            message_timestamp: Some(known.t),
            push_name: Some(known.sender.lock().name.clone()),
            ..Default::default()
        }
    }
}
