//! The author and the chat of a message. Every address in the stanza is used, without its device number.

use jiff::Timestamp;
use linekeeper_model::message::{Address, Arrival, Arrived, ReceivedVia};
use linekeeper_model::phone::Identity;
use whatsapp_rust::Jid;
use whatsapp_rust::wacore::types::message::MessageInfo;

/// Returns what is known about a message without its content: the author, the chat and the time.
pub(super) fn of(info: &MessageInfo) -> Arrival {
    let source = &info.source;
    let chat = address(&source.chat);
    let sender = joined([Some(&source.sender), source.sender_alt.as_ref()]);
    let peer = if source.is_from_me {
        joined([
            Some(&source.chat),
            source.recipient.as_ref(),
            source.recipient_alt.as_ref(),
            info.peer_recipient_pn.as_ref(),
        ])
    } else {
        let chat = chat.as_ref().map(Address::identity).unwrap_or_default();
        Identity { phone: sender.phone.or(chat.phone), lid: sender.lid.clone().or(chat.lid) }
    };
    let via = match (&info.unavailable_request_id, info.is_offline) {
        (Some(_), _) => ReceivedVia::Recovered,
        (None, true) => ReceivedVia::Offline,
        (None, false) => ReceivedVia::Live,
    };
    Arrival {
        wa_message_id: info.id.to_string(),
        // If the stanza names no chat, the message belongs to the direct chat with its sender.
        chat: chat
            .or_else(|| address(&source.sender))
            .unwrap_or_else(|| "0@broadcast".parse().expect("it is an address")),
        peer,
        sender,
        push_name: Some(info.push_name.trim().to_owned())
            .filter(|name| !name.is_empty() && !source.is_from_me),
        from_me: source.is_from_me,
        timestamp: Timestamp::from_second(info.timestamp.timestamp()).unwrap_or(Timestamp::UNIX_EPOCH),
        via,
        what: Arrived::Nothing,
        wire: Vec::new(),
    }
}

/// Converts a JID to an address.
pub(in crate::whatsapp) fn address(jid: &Jid) -> Option<Address> {
    jid.to_non_ad().to_string().parse().ok()
}

fn joined<const N: usize>(jids: [Option<&Jid>; N]) -> Identity {
    let mut joined = Identity::default();
    for identity in jids.into_iter().flatten().filter_map(address).map(|address| address.identity()) {
        joined.phone = joined.phone.or(identity.phone);
        joined.lid = joined.lid.or(identity.lid);
    }
    joined
}
