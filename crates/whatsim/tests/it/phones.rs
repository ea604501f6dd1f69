//! Phones: creating them, and invalid requests.

use crate::http::Sim;
use serde_json::{Value, json};

/// A valid QR code that no companion shows. Its keys have the right length.
fn stray_qr() -> String {
    let key = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    format!("2@stray,{key},{key},{key}")
}

#[tokio::test]
async fn a_new_phone_has_addresses_and_no_devices() {
    let sim = Sim::start().await;
    let made = sim.post("/admin/phones", json!({ "number": "4915550001", "name": "Ann" })).await;
    assert_eq!(made.status, 201);
    assert_eq!(
        made.body,
        json!({
            "number": "4915550001",
            "jid": "4915550001@s.whatsapp.net",
            "lid": "10004915550001@lid",
            "name": "Ann",
        })
    );
    let shown = sim.get("/admin/phones/4915550001").await;
    assert_eq!((shown.status, &shown.body["devices"]), (200, &json!([])));
    assert_eq!(sim.get("/admin/state").await.body["phones"], 1);
    assert_eq!(sim.delete("/admin/phones/4915550001").await.status, 204);
    sim.get("/admin/phones/4915550001").await.refuses(404, "phone_not_found", "4915550001");
}

#[tokio::test]
async fn each_number_can_be_used_once() {
    let sim = Sim::start().await;
    let first = sim.call("POST", "/admin/phones", "").await;
    let second = sim.post("/admin/phones", json!({})).await;
    assert_eq!((first.status, second.status), (201, 201));
    assert_ne!(first.body["number"], second.body["number"]);
    let taken = json!({ "number": first.body["number"] });
    sim.post("/admin/phones", taken).await.refuses(
        409,
        "number_taken",
        first.body["number"].as_str().unwrap(),
    );
}

#[tokio::test]
async fn invalid_phones_are_refused() {
    let sim = Sim::start().await;
    for (body, field) in [
        (json!({ "number": "+4915550001" }), "number"),
        (json!({ "number": "0155500011" }), "number"),
        (json!({ "number": "123" }), "number"),
        (json!({ "number": 4_915_550_001_u64 }), "number"),
        (json!({ "name": "" }), "name"),
        (json!({ "name": "x".repeat(10_000) }), "name"),
        (json!({ "lid": "yes" }), "lid"),
        (json!({ "nmae": "Ann" }), "nmae"),
    ] {
        sim.post("/admin/phones", body).await.refuses(400, "invalid_field", field);
    }
    assert_eq!(sim.call("POST", "/admin/phones", "{").await.status, 400);
    assert_eq!(sim.get("/admin/state").await.body["phones"], 0);
}

#[tokio::test]
async fn pairing_codes_that_no_companion_shows_are_refused() {
    let sim = Sim::start().await;
    let number = sim.post("/admin/phones", json!({})).await.body["number"].as_str().unwrap().to_owned();
    let scan = format!("/admin/phones/{number}/scan");
    sim.post(&scan, json!({ "qr": "rubbish" })).await.refuses(400, "invalid_field", "qr");
    sim.post(&scan, json!({ "code": "x" })).await.refuses(400, "invalid_field", "code");
    sim.post(&scan, json!({ "qr": stray_qr() })).await.refuses(404, "qr_unknown", "ref");
    sim.post("/admin/phones/4915550009/scan", json!({ "qr": stray_qr() })).await.refuses(
        404,
        "phone_not_found",
        "4915550009",
    );
    sim.call("POST", "/admin/mock-phone/scan-qr", "rubbish").await.refuses(400, "invalid_field", "qr");
    sim.call("POST", "/admin/mock-phone/scan-qr", &stray_qr()).await.refuses(404, "qr_unknown", "ref");
    sim.post(&format!("/admin/phones/{number}/pairing-code"), json!({ "code": "ABCDEFGH" })).await.refuses(
        409,
        "code_not_requested",
        "number",
    );
    sim.delete(&format!("/admin/phones/{number}/devices/1")).await.refuses(404, "device_not_found", "1");
    sim.delete(&format!("/admin/phones/{number}/devices/x")).await.refuses(400, "invalid_field", "device");
}

#[tokio::test]
async fn phones_exchange_texts_without_a_companion() {
    let sim = Sim::start().await;
    for number in ["4915550001", "4915550002"] {
        assert_eq!(sim.post("/admin/phones", json!({ "number": number })).await.status, 201);
    }
    let sent = sim
        .post("/admin/phones/4915550001/messages", json!({ "to": "4915550002", "text": "round", "count": 3 }))
        .await;
    assert_eq!(sent.body["messages"].as_array().map(Vec::len), Some(3), "{}", sent.body);
    let last_id = &sent.body["messages"][2]["id"];
    let phones = sim.server.phones();
    let heard = async {
        loop {
            let inbox = phones.inbox("4915550002", 0).unwrap();
            if inbox.len() == 3 {
                break;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(10), heard).await.unwrap();
    let inbox = sim.get("/admin/phones/4915550002/inbox").await.body;
    assert_eq!(inbox["next"], 3);
    let inbox = &inbox["data"];
    let texts: Vec<&Value> = inbox.as_array().unwrap().iter().map(|m| &m["text"]["body"]).collect();
    assert_eq!(texts, ["round 1", "round 2", "round 3"]);
    assert_eq!(
        (&inbox[2]["id"], &inbox[2]["index"], &inbox[2]["type"]),
        (last_id, &json!(3), &json!("text"))
    );
    assert_eq!(
        (&inbox[2]["chat"], &inbox[2]["from"], &inbox[2]["fromMe"]),
        (&json!("4915550001@s.whatsapp.net"), &json!("4915550001@s.whatsapp.net"), &json!(false))
    );
    let rest = sim.get("/admin/phones/4915550002/inbox?after=2").await.body;
    assert_eq!(rest["data"].as_array().map(Vec::len), Some(1));
    let nothing = sim.get("/admin/phones/4915550002/inbox?after=3").await.body;
    assert_eq!(nothing, json!({ "data": [], "next": 3 }));
}

#[tokio::test]
async fn invalid_messages_are_refused() {
    let sim = Sim::start().await;
    for number in ["4915550001", "4915550002"] {
        sim.post("/admin/phones", json!({ "number": number })).await;
    }
    let path = "/admin/phones/4915550001/messages";
    for (body, status, code, field) in [
        (json!({ "to": "4915550009", "text": "x" }), 404, "recipient_not_found", "to"),
        (json!({ "to": "somebody", "text": "x" }), 400, "invalid_field", "to"),
        (json!({ "to": "1203630@g.us", "text": "x" }), 404, "group_not_found", "1203630@g.us"),
        (json!({ "to": "1@broadcast", "text": "x" }), 400, "invalid_field", "to"),
        (json!({ "text": "x" }), 400, "invalid_field", "to"),
        (json!({ "to": "4915550002" }), 400, "invalid_field", "text"),
        (json!({ "to": "4915550002", "text": "" }), 400, "invalid_field", "text"),
        (json!({ "to": "4915550002", "text": "x", "count": 0 }), 400, "invalid_field", "count"),
        (json!({ "to": "4915550002", "text": "x", "count": "many" }), 400, "invalid_field", "count"),
        (json!({ "to": "4915550002", "text": "x", "poll": {} }), 400, "invalid_field", "poll"),
        (json!({ "to": "4915550002", "type": "poll" }), 400, "invalid_field", "poll"),
        (json!({ "to": "4915550002", "type": "song", "song": {} }), 400, "invalid_field", "type"),
        (json!({ "to": "4915550002", "type": "text", "text": { "bdy": "x" } }), 400, "invalid_field", "bdy"),
        (json!({ "to": "4915550002", "text": "x", "replyTo": "NONE" }), 400, "invalid_field", "replyTo"),
        (
            json!({ "to": "4915550002", "text": "x", "mentions": ["4915550009"] }),
            400,
            "invalid_field",
            "mentions[0]",
        ),
        (json!({ "to": "4915550002", "text": "x", "viewOnce": true }), 400, "invalid_field", "viewOnce"),
        (json!({ "to": "4915550002", "text": "x", "id": "A", "count": 2 }), 400, "invalid_field", "id"),
        (
            json!({ "type": "reaction", "reaction": { "messageId": "NONE", "emoji": "x" } }),
            400,
            "invalid_field",
            "reaction.messageId",
        ),
        (
            json!({ "to": "4915550002", "type": "location", "location": { "latitude": 91, "longitude": 0 } }),
            400,
            "invalid_field",
            "location.latitude",
        ),
        (
            json!({ "to": "4915550002", "type": "poll", "poll": { "question": "?", "options": ["one"] } }),
            400,
            "invalid_field",
            "poll.options",
        ),
        (
            json!({ "to": "4915550002", "type": "undecryptable", "undecryptable": {} }),
            400,
            "invalid_field",
            "type",
        ),
    ] {
        sim.post(path, body).await.refuses(status, code, field);
    }
    sim.get("/admin/phones/4915550002/inbox?after=x").await.refuses(400, "invalid_field", "after");
    let receipts = "/admin/phones/4915550001/receipts";
    sim.post(receipts, json!({ "chat": "4915550002", "ids": [], "type": "read" })).await.refuses(
        400,
        "invalid_field",
        "ids",
    );
    sim.post(receipts, json!({ "chat": "4915550002", "ids": ["A"], "type": "seen" })).await.refuses(
        400,
        "invalid_field",
        "type",
    );
    assert_eq!(sim.server.phones().inbox("4915550002", 0).unwrap(), []);
}
