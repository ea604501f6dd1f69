//! Every kind of message, sent from one phone to another. The recipient gets it as it was sent.

use crate::http::Sim;
use serde_json::{Value, json};

const ANN: &str = "4915550001";
const BOB: &str = "4915550002";

async fn ann_and_bob() -> Sim {
    let sim = Sim::start().await;
    sim.phones(&[ANN, BOB]).await;
    sim
}

#[tokio::test]
async fn each_kind_of_message_arrives_as_it_was_sent() {
    let sim = ann_and_bob().await;
    let preview = json!({ "url": "https://example.com", "title": "Example" });
    for (kind, object) in [
        ("text", json!({ "body": "hello" })),
        ("text", json!({ "body": "see https://example.com", "linkPreview": preview })),
        ("location", json!({ "latitude": 52.5, "longitude": 13.25, "name": "Berlin" })),
        ("liveLocation", json!({ "latitude": 52.5, "longitude": 13.25, "sequence": 2 })),
        ("poll", json!({ "question": "Which?", "options": ["one", "two"], "selectable": 1 })),
        ("poll", json!({ "question": "Which?", "options": ["one", "two", "three"], "selectable": 0 })),
        ("event", json!({ "name": "Party", "startAt": "2026-12-31T20:00:00Z", "canceled": false })),
        ("buttonReply", json!({ "id": "yes", "title": "Yes" })),
        ("listReply", json!({ "id": "row-1", "title": "One", "description": "The first" })),
        ("groupInvite", json!({ "group": "120363000000000001@g.us", "code": "abc", "name": "Choir" })),
        ("order", json!({ "orderId": "1", "itemCount": 2, "totalAmount1000": 19_900, "currency": "EUR" })),
        ("product", json!({ "productId": "7", "title": "Tea", "priceAmount1000": 3_500, "currency": "EUR" })),
    ] {
        let id = sim.say(ANN, json!({ "to": BOB, "type": kind, kind: object })).await;
        let heard = sim.heard(BOB, &id).await;
        assert_eq!((&heard["type"], &heard[kind]), (&json!(kind), &object));
    }
}

#[tokio::test]
async fn contacts_are_sent_as_vcards() {
    let sim = ann_and_bob().await;
    let phones = json!([{ "number": "+49 155 50003", "label": "work" }]);
    let cid = json!({ "name": "Cid; Inc.", "phones": phones, "organization": "Cid" });
    let id = sim.say(ANN, json!({ "to": BOB, "type": "contacts", "contacts": [cid] })).await;
    let heard = sim.heard(BOB, &id).await;
    let vcard = heard["contacts"][0]["vcard"].as_str().unwrap();
    for line in ["FN:Cid\\; Inc.", "item1.TEL;waid=4915550003:+4915550003", "item1.X-ABLabel:work", "ORG:Cid"]
    {
        assert!(vcard.lines().any(|l| l == line), "{line} is missing in\n{vcard}");
    }
    let two = json!([{ "name": "Cid" }, { "name": "Dan" }]);
    let id = sim.say(ANN, json!({ "to": BOB, "type": "contacts", "contacts": two })).await;
    let heard = sim.heard(BOB, &id).await;
    assert_eq!(
        (&heard["contacts"][0]["name"], &heard["contacts"][1]["name"]),
        (&json!("Cid"), &json!("Dan"))
    );
}

#[tokio::test]
async fn a_message_arrives_with_its_reply_and_its_mentions_and_other_context() {
    let sim = ann_and_bob().await;
    let first = sim.say(BOB, json!({ "to": ANN, "text": "are you open?" })).await;
    sim.heard(ANN, &first).await;
    let referral = json!({
        "sourceType": "ad", "sourceId": "9", "headline": "Tea", "mediaType": "image", "ctwaClid": "click",
    });
    let reply = json!({
        "to": BOB, "type": "text", "text": { "body": "yes @4915550002" }, "replyTo": { "waMessageId": first },
        "mentions": [BOB], "forwarded": true, "forwardingScore": 3, "ephemeralSeconds": 86_400,
        "referral": referral,
    });
    let heard = sim.heard(BOB, &sim.say(ANN, reply).await).await;
    assert_eq!(heard["text"]["body"], "yes @4915550002");
    assert_eq!(heard["replyTo"], json!(first));
    assert_eq!(heard["mentions"], json!(["4915550002@s.whatsapp.net"]));
    assert_eq!((&heard["forwarded"], &heard["forwardingScore"]), (&json!(true), &json!(3)));
    assert_eq!(heard["ephemeralSeconds"], 86_400);
    for (field, value) in referral.as_object().unwrap() {
        assert_eq!(&heard["referral"][field], value, "{field}");
    }
    let plain = sim.heard(BOB, &sim.say(ANN, json!({ "to": BOB, "text": "bye" })).await).await;
    let nothing = (&Value::Null, &json!([]), &Value::Null);
    assert_eq!((&plain["replyTo"], &plain["mentions"], &plain["referral"]), nothing);
}

#[tokio::test]
async fn a_reaction_or_edit_or_revoke_contains_the_id_of_its_message() {
    let sim = ann_and_bob().await;
    let first = sim.say(ANN, json!({ "to": BOB, "text": "helo" })).await;
    sim.heard(BOB, &first).await;
    for (from, to, kind, object) in [
        (BOB, ANN, "reaction", json!({ "messageId": first, "emoji": "👍" })),
        (BOB, ANN, "reaction", json!({ "messageId": first, "emoji": "" })),
        (ANN, BOB, "edit", json!({ "messageId": first, "text": "hello" })),
        (ANN, BOB, "revoke", json!({ "messageId": first })),
    ] {
        let id = sim.say(from, json!({ "type": kind, kind: object })).await;
        let heard = sim.heard(to, &id).await;
        assert_eq!((&heard["type"], &heard[kind]), (&json!(kind), &object));
    }
    let stolen = json!({ "type": "edit", "edit": { "messageId": first, "text": "mine now" } });
    let refused = sim.post(&format!("/admin/phones/{BOB}/messages"), stolen).await;
    refused.refuses(400, "invalid_field", "edit.messageId");
}

#[tokio::test]
async fn a_message_with_a_repeated_id_is_dropped_and_counted() {
    let sim = ann_and_bob().await;
    let once = json!({ "to": BOB, "text": "once", "id": "3A00" });
    assert_eq!(sim.say(ANN, once.clone()).await, "3A00");
    assert_eq!(sim.say(ANN, once).await, "3A00", "it is taken again, and goes nowhere");
    let from_bob = json!({ "to": ANN, "text": "another sender", "id": "3A00" });
    sim.heard(ANN, &sim.say(BOB, from_bob).await).await;
    sim.heard(BOB, &sim.say(ANN, json!({ "to": BOB, "text": "last" })).await).await;
    let inbox = sim.get(&format!("/admin/phones/{BOB}/inbox")).await.body;
    assert_eq!(inbox["data"].as_array().map(Vec::len), Some(2), "{inbox}");
    assert_eq!(sim.get("/admin/state").await.body["repeats"], 1);
}
