//! Tests that the JSON of messages, which other programs rely on, does not change, and that stored messages stay
//! readable.

use serde_json::json;
use uuid::Uuid;

use super::*;
use crate::phone::{Identity, PhoneNumber};

const NOW: Timestamp = Timestamp::constant(1_780_315_200, 0);

/// An inbound text message.
pub(crate) fn sample() -> Message {
    let phone = PhoneNumber::from_digits("15551234567").unwrap();
    let address = Address::of_phone(&phone);
    let ana = Person {
        push_name: Some("Ana".to_owned()),
        ..Person::new(Uuid::from_u128(3).into(), Identity { phone: Some(phone), lid: None })
    };
    Message {
        id: Uuid::from_u128(1).into(),
        account_id: Uuid::from_u128(2).into(),
        wa_message_id: Some("3EB0".to_owned()),
        client_reference: None,
        chat: Chat {
            id: Uuid::from_u128(4).into(),
            kind: ChatType::Direct,
            address,
            name: Some("Ana".to_owned()),
            person: Some(ana.clone()),
        },
        direction: Direction::Inbound,
        origin: Origin::Contact,
        created_by: None,
        sender: ana,
        content: Content::Text(Text::of("hello")),
        reply_to: None,
        mentions: Vec::new(),
        forwarded: false,
        forwarding_score: 0,
        view_once: false,
        ephemeral_seconds: None,
        referral: None,
        edited_at: None,
        revoked_at: None,
        reactions: Vec::new(),
        status: MessageStatus::Received,
        status_at: NOW,
        failure: None,
        waiting: None,
        send_at: None,
        expires_at: None,
        priority: None,
        timestamp: NOW,
        created_at: NOW,
        received_via: Some(ReceivedVia::Live),
    }
}

#[test]
fn the_json_of_a_message_does_not_change() {
    let message = sample();
    let person = json!({
        "id": message.sender.id, "phone": "+15551234567", "lid": null, "username": null, "pushName": "Ana", "name": null,
    });
    let expected = json!({
        "id": message.id, "accountId": message.account_id, "waMessageId": "3EB0", "clientReference": null,
        "chat": {
            "id": message.chat.id, "type": "direct", "address": "15551234567@s.whatsapp.net", "name": "Ana",
            "person": person,
        },
        "direction": "inbound", "origin": "contact", "createdBy": null, "sender": person,
        "type": "text", "text": { "body": "hello", "linkPreview": null },
        "replyTo": null, "mentions": [], "forwarded": false, "forwardingScore": 0, "viewOnce": false,
        "ephemeralSeconds": null, "referral": null, "editedAt": null, "revokedAt": null, "reactions": [],
        "status": "received", "statusAt": "2026-06-01T12:00:00Z", "failure": null, "waiting": null, "sendAt": null,
        "expiresAt": null, "priority": null, "timestamp": "2026-06-01T12:00:00Z",
        "createdAt": "2026-06-01T12:00:00Z", "receivedVia": "live",
    });
    let written = serde_json::to_value(&message).unwrap();
    assert_eq!(written, expected);
    assert_eq!(serde_json::from_value::<Message>(written).unwrap(), message);
}

#[test]
fn every_kind_of_message_is_read_back_from_storage() {
    let place =
        Location { latitude: 52.52, longitude: 13.405, name: None, address: Some("Berlin".to_owned()) };
    let media = Media { mime_type: Some("image/jpeg".to_owned()), ..Media::default() };
    let id = Uuid::from_u128(1).into();
    let contents = [
        Content::Text(Text::of("a")),
        Content::Image(media.clone()),
        Content::Location(place.clone()),
        Content::LiveLocation(LiveLocation {
            latitude: 0.0,
            longitude: 0.0,
            accuracy_metres: None,
            caption: None,
        }),
        Content::Contacts(vec![ContactCard { name: "Ana".to_owned(), ..ContactCard::default() }]),
        Content::Poll(Poll { question: "?".to_owned(), options: vec!["a".to_owned()], selectable: 1 }),
        Content::ButtonReply(ButtonReply { id: None, title: "yes".to_owned() }),
        Content::Undecryptable(Undecryptable::default()),
        Content::Unsupported(Unsupported { kind: "paymentInviteMessage".to_owned() }),
        Content::Reaction(ReactionAct { message_id: id, emoji: "👍".to_owned() }),
    ];
    for content in contents {
        let detail = Detail::new(Some("3EB0".to_owned()), content);
        let written = serde_json::to_value(&detail).unwrap();
        assert_eq!(written["type"], detail.content.kind().code());
        assert!(written.get(detail.content.kind().code()).is_some(), "{written}");
        assert_eq!(serde_json::from_value::<Detail>(written).unwrap(), detail);
    }
}
