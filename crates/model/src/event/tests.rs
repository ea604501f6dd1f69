//! Tests that the envelope, which other programs rely on, does not change, and that stored events stay readable.

use serde_json::json;

use super::*;
use crate::account::{Capping, Restriction};
use crate::health::{Finding, FindingCode, HealthStatus};
use crate::message;
use crate::phone::Lid;
use crate::status::{Reason, Status};

const THEN: Timestamp = Timestamp::constant(1_780_315_200, 0);
const NOW: Timestamp = Timestamp::constant(1_780_315_204, 500_000_000);

/// One payload of each type, in the order of [`EventType::ALL`].
fn one_of_each() -> Vec<Payload> {
    let display_name: crate::account::DisplayName = "Shop".parse().unwrap();
    let before = Status::of(Reason::Online, THEN);
    let finding = FindingCode::PhoneOffline;
    vec![
        Payload::AccountCreated { display_name: display_name.clone() },
        Payload::AccountUpdated { fields: vec!["proxy".to_owned()] },
        Payload::AccountDeleted { display_name },
        Payload::status(Some(&before), &Status::of(Reason::NetworkLost, NOW)),
        Payload::AccountQr { qr_code_expiry: NOW, refresh_at: THEN },
        Payload::AccountLinked {
            phone_number: Some("+15551234567".parse().unwrap()),
            lid: Some(Lid("100000012345678".to_owned())),
            push_name: None,
        },
        Payload::AccountProfile { push_name: Some("Ana".to_owned()), picture_id: None },
        Payload::AccountHealth {
            from: HealthStatus::Healthy,
            to: HealthStatus::Warning,
            reasons: vec![Finding { code: finding, message: "Gone.".to_owned(), action: finding.action() }],
        },
        Payload::AccountRestriction(Restriction {
            capping: Capping::Capped,
            capped_until: Some(NOW),
            time_locked_until: None,
        }),
        Payload::AccountPhoneOffline { last_seen_at: THEN, level: HealthStatus::Critical },
        Payload::AccountReconnectLoop { disconnects: 5, within_seconds: 600, reason: Reason::ServerClosed },
    ]
    .into_iter()
    .chain(about_messages())
    .collect()
}

fn about_messages() -> Vec<Payload> {
    let message = Box::new(message::sample());
    let (chat, person) = (Box::new(message.chat.clone()), Box::new(message.sender.clone()));
    let (message_id, wa_message_id) = (message.id, message.wa_message_id.clone());
    vec![
        Payload::MessageReceived { message: message.clone() },
        Payload::MessageEcho { message: message.clone() },
        Payload::MessageAccepted { message: message.clone() },
        Payload::MessageStatus {
            message_id,
            wa_message_id: wa_message_id.clone(),
            client_reference: None,
            chat: chat.clone(),
            status: message::MessageStatus::Failed,
            previous_status: message::MessageStatus::Sending,
            recipient: Some(person.clone()),
            failure: Some(message::Failure::answered(463)),
            at: NOW,
        },
        Payload::MessageUndecryptable { message: message.clone() },
        Payload::MessageReaction {
            message_id: Some(message_id),
            wa_message_id: wa_message_id.clone(),
            chat: chat.clone(),
            sender: person.clone(),
            emoji: "👍".to_owned(),
            at: NOW,
        },
        Payload::MessageEdited { message: message.clone() },
        Payload::MessageRevoked {
            message_id: None,
            wa_message_id,
            chat: chat.clone(),
            by: person.clone(),
            at: NOW,
        },
        Payload::MediaReady { message_id, chat: chat.clone(), sender: person.clone(), media: Box::default() },
        Payload::MediaFailed {
            message_id,
            chat: chat.clone(),
            sender: person.clone(),
            failure: message::Failure::of(message::FailureCode::MediaUnavailable),
        },
        Payload::ChatUpdated { chat: chat.clone(), changed: vec!["name".to_owned()] },
        Payload::ChatMerged { chat: chat.clone(), merged_chat_id: chat.id },
        Payload::ContactUpdated { contact: person.clone(), changed: vec!["pushName".to_owned()] },
        Payload::ContactMerged { contact: person.clone(), merged_contact_id: person.id },
        Payload::ContactErased { contact_id: person.id },
    ]
}

#[test]
fn an_erased_event_keeps_only_its_type() {
    for payload in about_messages() {
        let erased = Payload::Erased(Erased::of(payload.event_type()));
        let written = serde_json::to_value(&erased).unwrap();
        assert_eq!(written, json!({ "type": payload.event_type().code(), "data": { "erased": true } }));
        assert_eq!(serde_json::from_value::<Payload>(written).unwrap(), erased);
    }
}

#[test]
fn every_event_type_has_its_payload_and_its_name() {
    let payloads = one_of_each();
    assert_eq!(payloads.iter().map(Payload::event_type).collect::<Vec<_>>(), EventType::ALL);
    for payload in payloads {
        let written = serde_json::to_value(&payload).unwrap();
        assert_eq!(written["type"], payload.event_type().code());
        assert!(written["data"].is_object(), "{written}");
        assert_eq!(serde_json::from_value::<Payload>(written).unwrap(), payload);
        assert_eq!(payload.event_type().code().parse(), Ok(payload.event_type()));
    }
    assert_eq!("account.exploded".parse::<EventType>(), Err(UnknownEventType));
}

#[test]
fn the_json_of_the_envelope_does_not_change() {
    let account_id = AccountId::from(uuid::Uuid::from_u128(2));
    let workspace_id = WorkspaceId::from(uuid::Uuid::from_u128(1));
    let from = Status::of(Reason::Online, THEN);
    let to = Status { attempt: 1, next_retry_at: Some(NOW), ..Status::of(Reason::NetworkLost, NOW) };
    let payload = Payload::status(Some(&from), &to);
    let mut rng = rand::rng();
    let event = NewEvent::of_account(workspace_id, account_id, payload, NOW, &mut rng).at(Seq::new(42));
    let written = serde_json::to_value(&event).unwrap();
    let expected = json!({
        "id": event.id,
        "seq": 42,
        "type": "account.status",
        "workspaceId": workspace_id,
        "accountId": account_id,
        "occurredAt": "2026-06-01T12:00:04.5Z",
        "data": {
            "from": { "state": "Connected", "reason": "online", "since": "2026-06-01T12:00:00Z" },
            "to": {
                "state": "Connecting",
                "reason": "network_lost",
                "message": "The connection to WhatsApp was lost; trying again.",
                "action": "wait",
                "since": "2026-06-01T12:00:04.5Z",
                "nextRetryAt": "2026-06-01T12:00:04.5Z",
                "attempt": 1,
                "until": null,
            },
            "durationMs": 4500,
        },
    });
    assert_eq!(written, expected);
    assert_eq!(serde_json::from_value::<Event>(written).unwrap(), event);
}

#[test]
fn a_clock_that_is_set_back_causes_no_negative_duration() {
    let (from, to) = (Status::of(Reason::Online, NOW), Status::of(Reason::NetworkLost, THEN));
    let Payload::AccountStatus { duration_ms, .. } = Payload::status(Some(&from), &to) else {
        panic!("a status")
    };
    assert_eq!(duration_ms, Some(0));
    let Payload::AccountStatus { from, duration_ms, .. } = Payload::status(None, &to) else {
        panic!("a status")
    };
    assert_eq!((from, duration_ms), (None, None));
}

/// Events are stored for a long time, and many programs read them. So an event must not contain a QR code or a pairing
/// code. A QR code contains a key. A pairing code is as powerful as a password.
#[test]
fn no_stored_event_contains_a_code_that_could_link_a_phone() {
    for payload in one_of_each() {
        let written = serde_json::to_value(payload).unwrap();
        for name in written["data"].as_object().unwrap().keys() {
            assert!(!["qrCode", "code"].contains(&name.as_str()), "{written}");
        }
    }
}
