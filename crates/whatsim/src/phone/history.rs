//! The history that a phone sends to a new companion: the phone's push name and one old conversation. It is small
//! enough to be inside the message itself, so it needs no media server.

use std::io::Write;

use buffa::{Message as _, MessageField};
use flate2::Compression;
use flate2::write::ZlibEncoder;
use waproto::whatsapp as wa;

use super::Phone;

/// The other side of the old conversation: a number that is never an account of the simulation.
const OLD_FRIEND: &str = "19990000001@s.whatsapp.net";
const OLD_FRIEND_NAME: &str = "Old Friend";
const ONE_HOUR: u64 = 3600;

impl Phone {
    /// Builds the history message of the type INITIAL_BOOTSTRAP, with its zlib payload inline. This message makes
    /// Baileys start its app-state sync. `own_number` is the account's phone number, digits only; `name` is its
    /// push name.
    pub fn history_bootstrap(&self, own_number: &str, name: &str, now_secs: u64) -> wa::Message {
        let history = wa::HistorySync {
            sync_type: wa::history_sync::HistorySyncType::INITIAL_BOOTSTRAP,
            conversations: vec![old_conversation(now_secs.saturating_sub(ONE_HOUR))],
            chunk_order: Some(1),
            progress: Some(100),
            pushnames: vec![wa::Pushname {
                id: Some(format!("{own_number}@s.whatsapp.net")),
                pushname: Some(name.into()),
            }],
            ..Default::default()
        };
        let notification = wa::message::HistorySyncNotification {
            sync_type: Some(wa::message::HistorySyncType::INITIAL_BOOTSTRAP),
            chunk_order: Some(1),
            progress: Some(100),
            initial_hist_bootstrap_inline_payload: Some(zlib(&history.encode_to_vec())),
            ..Default::default()
        };
        wa::Message {
            protocol_message: MessageField::some(wa::message::ProtocolMessage {
                r#type: Some(wa::message::protocol_message::Type::HISTORY_SYNC_NOTIFICATION),
                history_sync_notification: MessageField::some(notification),
                ..Default::default()
            }),
            ..Default::default()
        }
    }
}

fn old_conversation(sent_secs: u64) -> wa::Conversation {
    let message = wa::WebMessageInfo {
        key: MessageField::some(wa::MessageKey {
            remote_jid: Some(OLD_FRIEND.into()),
            from_me: Some(false),
            id: Some("3EB0000000000000000001".into()),
            ..Default::default()
        }),
        message: MessageField::some(wa::Message {
            conversation: Some("see you tomorrow".into()),
            ..Default::default()
        }),
        message_timestamp: Some(sent_secs),
        push_name: Some(OLD_FRIEND_NAME.into()),
        ..Default::default()
    };
    wa::Conversation {
        id: OLD_FRIEND.into(),
        name: Some(OLD_FRIEND_NAME.into()),
        messages: vec![wa::HistorySyncMsg { message: MessageField::some(message), msg_order_id: Some(1) }],
        ..Default::default()
    }
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).expect("writing to memory does not fail")
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use flate2::read::ZlibDecoder;
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::*;

    #[test]
    fn the_first_history_sync_contains_the_name_and_one_conversation() {
        let phone = Phone::generate(&mut StdRng::seed_from_u64(1));
        let message = phone.history_bootstrap("15550000001", "Ann", 1_800_000_000);
        let notification = &message.protocol_message.history_sync_notification;
        let payload = notification.initial_hist_bootstrap_inline_payload.as_deref().unwrap();
        let mut plain = Vec::new();
        ZlibDecoder::new(payload).read_to_end(&mut plain).unwrap();
        let history = wa::HistorySync::decode_from_slice(&plain).unwrap();
        assert_eq!(history.pushnames[0].id.as_deref(), Some("15550000001@s.whatsapp.net"));
        assert_eq!(history.pushnames[0].pushname.as_deref(), Some("Ann"));
        let sent = history.conversations[0].messages[0].message.message_timestamp;
        assert_eq!(sent, Some(1_800_000_000 - ONE_HOUR));
    }
}
