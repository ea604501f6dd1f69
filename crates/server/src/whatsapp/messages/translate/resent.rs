//! Messages that this device could not decrypt, and that the account's phone sends again. The phone puts the whole
//! messages into an answer to this device.

use whatsapp_rust::Jid;
use whatsapp_rust::wacore::time;
use whatsapp_rust::wacore::types::message::{MessageInfo, MessageSource};
use whatsapp_rust::wacore_binary::JidExt as _;
use whatsapp_rust::waproto::codec;
use whatsapp_rust::waproto::whatsapp as wa;

/// Returns the messages that the phone's answer contains, with what is known about each of them. Returns nothing if
/// `message` is not an answer of the account's own phone. `own` is the account's address.
pub(in crate::whatsapp) fn resent(
    message: &wa::Message,
    info: &MessageInfo,
    own: Option<&Jid>,
) -> Vec<(wa::Message, MessageInfo)> {
    if !info.source.is_from_me || info.source.sender.device != 0 {
        return Vec::new();
    }
    let answer = message.protocol_message.as_option();
    let answer = answer.and_then(|act| act.peer_data_operation_request_response_message.as_option());
    let Some(answer) = answer else { return Vec::new() };
    let request = answer.stanza_id.clone().unwrap_or_default();
    let results = answer.peer_data_operation_result.iter();
    let whole = results.filter_map(|result| result.placeholder_message_resend_response.as_option());
    whole
        .filter_map(|whole| whole.web_message_info_bytes.as_deref())
        .filter_map(|bytes| codec::web_message_info_decode(bytes).ok())
        .filter_map(|told| message_of(told, &request, own))
        .collect()
}

fn message_of(
    told: wa::WebMessageInfo,
    request: &str,
    own: Option<&Jid>,
) -> Option<(wa::Message, MessageInfo)> {
    // The answer contains no message if the phone could not decrypt the message either.
    let message = told.message.as_option()?.clone();
    let key = told.key.as_option()?;
    let chat: Jid = key.remote_jid.as_deref()?.parse().ok()?;
    let is_from_me = key.from_me.unwrap_or_default();
    let author = key.participant.as_deref().and_then(|author| author.parse().ok());
    let own = own.filter(|_| is_from_me).cloned();
    let source = MessageSource {
        sender: author.or(own).unwrap_or_else(|| chat.clone()),
        is_from_me,
        is_group: chat.is_group(),
        chat,
        ..MessageSource::default()
    };
    let at = told.message_timestamp.and_then(|at| i64::try_from(at).ok());
    let info = MessageInfo {
        id: key.id.as_deref().filter(|id| !id.is_empty())?.into(),
        source,
        timestamp: at.map_or_else(time::now_utc, time::from_secs_or_now),
        push_name: told.push_name.clone().unwrap_or_default(),
        unavailable_request_id: Some(request.to_owned()),
        ..MessageInfo::default()
    };
    Some((message, info))
}
