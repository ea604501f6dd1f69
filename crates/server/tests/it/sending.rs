//! Bodies of messages that are wrong: each is refused by the name of its field, and nothing is stored.

use serde_json::{Value, json};

use crate::app::{App, Caller};

const NOBODY: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

/// An account that is linked as far as its row says. No actor runs for it.
async fn linked(app: &App, owner: &Caller<'_>) -> String {
    let id = app.add_account(&owner.user, "Shop", Some("+15551234567")).await;
    assert_eq!(app.rows().await.execute("UPDATE accounts SET linked = 1").await, 1);
    format!("/api/v1/whatsapp/accounts/{id}")
}

fn hello() -> Value {
    json!({ "to": "+15550000001", "type": "text", "text": { "body": "hello" } })
}

fn with(name: &str, value: Value) -> Value {
    let mut body = hello();
    body[name] = value;
    body
}

/// A body, and the field that its refusal names.
fn wrong() -> Vec<(Value, &'static str)> {
    let text = |body: Value| with("text", body);
    let act = |kind: &str, inside: Value| json!({ "type": kind, kind: inside });
    vec![
        (json!({}), "type"),
        (json!({ "type": null }), "type"),
        (json!({ "type": "text", "text": { "body": "x" } }), "to"),
        (json!({ "to": "+15550000001", "type": "text" }), "text"),
        (with("type", json!(7)), "type"),
        (with("type", json!("carrier pigeon")), "type"),
        (with("type", json!("system")), "type"),
        (with("to", json!(15_550_000_001_u64)), "to"),
        (with("to", json!("")), "to"),
        (with("to", json!("ana")), "to"),
        (with("to", json!("+1555")), "to"),
        (with("to", json!(NOBODY)), "to"),
        (with("to", json!("status@broadcast")), "to"),
        (with("to", json!("1234567890@newsletter")), "to"),
        (with("to", json!("15550000001@example.org")), "to"),
        (text(json!("hello")), "text"),
        (text(json!({})), "text.body"),
        (text(json!({ "body": "" })), "text.body"),
        (text(json!({ "body": 7 })), "text.body"),
        (text(json!({ "body": "x".repeat(65_537) })), "text.body"),
        (text(json!({ "body": "x", "color": "red" })), "text.color"),
        (text(json!({ "body": "x", "linkPreview": {} })), "text.linkPreview.url"),
        (with("sendAt", json!("soon")), "sendAt"),
        (with("sendAt", json!("2001-01-01T00:00:00Z")), "sendAt"),
        (with("sendAt", json!("2026-07-02T12:00:00Z")), "sendAt"),
        (with("expiresAt", json!("2001-01-01T00:00:00Z")), "expiresAt"),
        (with("expiresAt", json!(7)), "expiresAt"),
        (with("replyTo", json!(NOBODY)), "replyTo"),
        (with("replyTo", json!("x")), "replyTo"),
        (with("replyTo", json!({ "waMessageId": "" })), "replyTo"),
        (with("replyTo", json!({ "waMessageId": "x", "more": 1 })), "replyTo"),
        (with("mentions", json!("+15550000002")), "mentions"),
        (with("mentions", json!(["+15550000002", "nobody"])), "mentions[1]"),
        (with("mentions", json!([NOBODY])), "mentions[0]"),
        (with("mentions", json!(vec!["+15550000002"; 101])), "mentions"),
        (with("priority", json!("urgent")), "priority"),
        (with("clientReference", json!("")), "clientReference"),
        (with("clientReference", json!("x".repeat(101))), "clientReference"),
        (with("ephemeralSeconds", json!(-1)), "ephemeralSeconds"),
        (with("ephemeralSeconds", json!(40_000_000)), "ephemeralSeconds"),
        (with("unknown", json!(1)), "unknown"),
        (with("reaction", json!({ "messageId": NOBODY, "emoji": "x" })), "reaction"),
        (act("reaction", json!({ "emoji": "👍" })), "reaction.messageId"),
        (act("reaction", json!({ "messageId": NOBODY })), "reaction.emoji"),
        (act("reaction", json!({ "messageId": NOBODY, "emoji": "x".repeat(33) })), "reaction.emoji"),
        (act("reaction", json!({ "messageId": NOBODY, "emoji": "👍" })), "reaction.messageId"),
        (act("edit", json!({ "messageId": NOBODY })), "edit.text"),
        (act("edit", json!({ "messageId": NOBODY, "text": "" })), "edit.text"),
        (act("edit", json!({ "messageId": NOBODY, "text": "x" })), "edit.messageId"),
        (act("revoke", json!({ "messageId": "x" })), "revoke.messageId"),
        (act("revoke", json!({ "messageId": NOBODY })), "revoke.messageId"),
        (json!({ "type": "revoke", "to": "+15550000001", "revoke": { "messageId": NOBODY } }), "to"),
        (json!({ "type": "forward", "forward": { "messageId": NOBODY } }), "to"),
        (
            json!({ "to": "+15550000001", "type": "forward", "forward": { "messageId": NOBODY } }),
            "forward.messageId",
        ),
    ]
}

fn fields(refused: &Value) -> Vec<&str> {
    let errors = refused["errors"].as_array().into_iter().flatten();
    errors.filter_map(|error| error["field"].as_str()).collect()
}

/// Nothing is left of what was refused: no message, no chat, no person, no event.
async fn nothing_is_stored(owner: &Caller<'_>, account: &str) {
    for list in ["messages", "chats", "contacts"] {
        let page = owner.get(&format!("{account}/{list}")).await.json();
        assert_eq!(page["data"], json!([]), "{list}");
    }
    assert_eq!(owner.get("/api/v1/events").await.json()["data"], json!([]));
}

#[tokio::test]
async fn a_wrong_message_is_refused_by_its_field_and_leaves_nothing() {
    let app = App::new().await;
    let owner = app.owner().await;
    let account = linked(&app, &owner).await;
    for (body, field) in wrong() {
        let refused = owner.post(&format!("{account}/messages"), body.clone()).await;
        let shown: String = body.to_string().chars().take(200).collect();
        assert_eq!(refused.status, 400, "{shown}: {}", refused.text());
        let refused = refused.json();
        assert!(fields(&refused).contains(&field), "{field} for {shown}: {refused}");
    }
    nothing_is_stored(&owner, &account).await;
    let accepted = owner.post(&format!("{account}/messages"), hello()).await;
    assert_eq!(accepted.status, 202, "{}", accepted.text());
}

#[tokio::test]
async fn a_batch_with_one_wrong_message_takes_none() {
    let app = App::new().await;
    let owner = app.owner().await;
    let account = linked(&app, &owner).await;
    let batch = format!("{account}/messages/batch");
    for (body, field) in wrong() {
        let refused = owner.post(&batch, json!({ "messages": [hello(), body] })).await;
        assert_eq!(refused.status, 400, "{field}: {}", refused.text());
        let (refused, place) = (refused.json(), format!("messages[1].{field}"));
        assert!(fields(&refused).contains(&place.as_str()), "{place}: {refused}");
    }
    let mut many = vec![hello(); 500];
    many.push(with("to", json!("ana")));
    for (body, field) in [
        (json!({}), "messages"),
        (json!({ "messages": [] }), "messages"),
        (json!({ "messages": "hello" }), "messages"),
        (json!({ "messages": ["hello"] }), "messages[0]"),
        (json!({ "messages": many }), "messages"),
        (json!({ "messages": [hello()], "priority": "bulk" }), "priority"),
    ] {
        let refused = owner.post(&batch, body).await;
        assert_eq!(refused.status, 400, "{field}: {}", refused.text());
        assert!(fields(&refused.json()).contains(&field), "{field}: {}", refused.text());
    }
    nothing_is_stored(&owner, &account).await;
    let accepted = owner.post(&batch, json!({ "messages": vec![hello(); 500] })).await;
    assert_eq!(accepted.status, 202, "{}", accepted.text());
}
