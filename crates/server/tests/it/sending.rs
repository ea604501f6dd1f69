//! Invalid messages: each is refused with the name of its field, and nothing is stored.

use http::Method;
use linekeeper_model::access::Role;
use linekeeper_model::clock::Clock as _;
use serde_json::{Value, json};

use crate::app::{App, Caller, request};

const NOBODY: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

/// An account that is stored as linked, but which no actor runs.
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

/// Invalid bodies, each with the field that the refusal must name.
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

/// Messages with a file that are invalid whichever file they use, each with the field that the refusal must name.
fn wrong_files() -> Vec<(Value, &'static str)> {
    let sent = |kind: &str, part: Value| json!({ "to": "+15550000001", "type": kind, kind: part });
    let at = |kind: &str, name: &str, value: Value| {
        let mut part = json!({ "url": "https://example.org/a.png" });
        part[name] = value;
        sent(kind, part)
    };
    vec![
        (json!({ "to": "+15550000001", "type": "image" }), "image"),
        (sent("image", json!("a.png")), "image"),
        (sent("image", json!({})), "image.mediaId"),
        (sent("image", json!({ "mediaId": null, "url": null })), "image.mediaId"),
        (at("image", "mediaId", json!(NOBODY)), "image.url"),
        (sent("image", json!({ "mediaId": "x" })), "image.mediaId"),
        (sent("image", json!({ "mediaId": NOBODY })), "image.mediaId"),
        (sent("voice", json!({ "mediaId": NOBODY })), "voice.mediaId"),
        (at("image", "url", json!("")), "image.url"),
        (at("image", "url", json!("a.png")), "image.url"),
        (at("image", "url", json!("file:///etc/passwd")), "image.url"),
        (at("image", "url", json!(format!("https://example.org/{}", "x".repeat(2_048)))), "image.url"),
        (at("image", "url", json!("https://127.0.0.1/a.png")), "image.url"),
        (at("image", "url", json!("http://169.254.169.254/latest/meta-data/")), "image.url"),
        (at("image", "url", json!("https://[::1]/a.png")), "image.url"),
        (at("image", "url", json!("https://localhost/a.png")), "image.url"),
        (at("image", "url", json!("https://2130706433/a.png")), "image.url"),
        (at("image", "caption", json!("x".repeat(1_025))), "image.caption"),
        (at("image", "caption", json!(7)), "image.caption"),
        (at("audio", "caption", json!("x")), "audio.caption"),
        (at("voice", "caption", json!("x")), "voice.caption"),
        (at("sticker", "caption", json!("x")), "sticker.caption"),
        (at("document", "fileName", json!("")), "document.fileName"),
        (at("document", "fileName", json!("../x")), "document.fileName"),
        (at("document", "fileName", json!("x".repeat(256))), "document.fileName"),
        (at("document", "mimeType", json!("pdf")), "document.mimeType"),
        (at("video", "viewOnce", json!("yes")), "video.viewOnce"),
        (at("document", "viewOnce", json!(true)), "document.viewOnce"),
        (at("gif", "color", json!("red")), "gif.color"),
        (with("image", json!({ "url": "https://example.org/a.png" })), "image"),
    ]
}

fn fields(refused: &Value) -> Vec<&str> {
    let errors = refused["errors"].as_array().into_iter().flatten();
    errors.filter_map(|error| error["field"].as_str()).collect()
}

/// Checks that nothing of a refused message is stored: no message, no chat, no contact and no event.
async fn nothing_is_stored(owner: &Caller<'_>, account: &str) {
    for list in ["messages", "chats", "contacts"] {
        let page = owner.get(&format!("{account}/{list}")).await.json();
        assert_eq!(page["data"], json!([]), "{list}");
    }
    assert_eq!(owner.get("/api/v1/events").await.json()["data"], json!([]));
}

#[tokio::test]
async fn an_invalid_message_is_refused_with_its_field_and_not_stored() {
    let app = App::new().await;
    let owner = app.owner().await;
    let account = linked(&app, &owner).await;
    for (body, field) in wrong().into_iter().chain(wrong_files()) {
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
async fn a_batch_with_one_invalid_message_is_refused_as_a_whole() {
    let app = App::new().await;
    let owner = app.owner().await;
    let account = linked(&app, &owner).await;
    let batch = format!("{account}/messages/batch");
    for (body, field) in wrong().into_iter().chain(wrong_files()) {
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

#[tokio::test]
async fn the_write_limit_does_not_apply_to_sending_messages() {
    let app = App::new().await;
    let owner = app.add_user("ana@example.org", Role::Owner, None).await;
    let owner = app.signed_in(&owner).await;
    let account = linked(&app, &owner).await;
    // A person may make 120 writes at once, and the test does not move the clock. So the last of these messages
    // exceeds that limit.
    for _ in 0..121 {
        let accepted = owner.post(&format!("{account}/messages"), hello()).await;
        assert_eq!(accepted.status, 202, "{}", accepted.text());
    }
    let renamed = owner.patch(&account, json!({ "displayName": "Other shop" })).await;
    assert_eq!(renamed.status, 200, "{}", renamed.text());
}

/// Bytes that the server recognises as a picture.
const PICTURE: &str = "RIFF1234WEBPVP8 ";

/// Uploads a file and returns its id.
async fn upload(owner: &Caller<'_>, account: &str, kind: &str, file: &str) -> Value {
    let asked = request(Method::POST, &format!("{account}/media")).header("content-type", kind);
    let answer = owner.send(asked, file.to_owned()).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()["id"].clone()
}

#[tokio::test]
async fn a_file_must_match_the_type_of_its_message() {
    let app = App::new().await;
    let owner = app.owner().await;
    let account = linked(&app, &owner).await;
    let png = upload(&owner, &account, "image/webp", PICTURE).await;
    let pdf = upload(&owner, &account, "application/pdf", "%PDF-1.7").await;
    let music = upload(&owner, &account, "audio/mpeg", "ID3\x04\0\0\0\0\0\0music").await;
    let sent = |kind: &str, part: Value| json!({ "to": "+15550000001", "type": kind, kind: part });
    for (body, field) in [
        (sent("image", json!({ "mediaId": pdf })), "image.mediaId"),
        (sent("video", json!({ "mediaId": png })), "video.mediaId"),
        (sent("sticker", json!({ "mediaId": pdf })), "sticker.mediaId"),
        (sent("audio", json!({ "mediaId": png })), "audio.mediaId"),
        (sent("voice", json!({ "mediaId": music })), "voice.mediaId"),
        (sent("image", json!({ "mediaId": png, "mimeType": "video/mp4" })), "image.mimeType"),
        (sent("document", json!({ "mediaId": pdf, "mimeType": "image/png" })), "document.mimeType"),
    ] {
        let refused = owner.post(&format!("{account}/messages"), body).await;
        assert_eq!(refused.status, 400, "{field}: {}", refused.text());
        assert_eq!(fields(&refused.json()), [field]);
    }
    // Files of another account, or of another workspace, are not found.
    let other = app.add_account(&owner.user, "Other", Some("+15551234568")).await;
    let elsewhere =
        upload(&owner, &format!("/api/v1/whatsapp/accounts/{other}"), "image/webp", PICTURE).await;
    let refused =
        owner.post(&format!("{account}/messages"), sent("image", json!({ "mediaId": elsewhere }))).await;
    assert!(
        refused.refusal().starts_with("400 validation_failed\nimage.mediaId: not_found"),
        "{}",
        refused.refusal()
    );
    nothing_is_stored(&owner, &account).await;

    app.clock.advance(std::time::Duration::from_secs(3 * 24 * 60 * 60));
    let kept = upload(&owner, &account, "application/pdf", "%PDF-1.7 later").await;
    app.services().messages.remove_old_media().await.unwrap();
    let refused = owner.post(&format!("{account}/messages"), sent("image", json!({ "mediaId": png }))).await;
    assert!(
        refused.refusal().starts_with("400 validation_failed\nimage.mediaId: expired"),
        "{}",
        refused.refusal()
    );

    // The server keeps the file as long as its message waits.
    let at = app.clock.now() + jiff::SignedDuration::from_hours(10 * 24);
    let mut later = sent("document", json!({ "mediaId": kept, "caption": "look", "fileName": "a.pdf" }));
    later["sendAt"] = json!(at.to_string());
    let accepted = owner.post(&format!("{account}/messages"), later).await;
    assert_eq!(accepted.status, 202, "{}", accepted.text());
    let document = accepted.json()["document"].clone();
    assert_eq!(
        (&document["caption"], &document["fileName"], &document["state"]),
        (&json!("look"), &json!("a.pdf"), &json!("ready"))
    );
    assert_eq!(
        document["url"],
        json!(format!("http://127.0.0.1:8080{account}/media/{}", kept.as_str().unwrap()))
    );
    app.clock.advance(std::time::Duration::from_secs(5 * 24 * 60 * 60));
    app.services().messages.remove_old_media().await.unwrap();
    let file = owner.get(&format!("{account}/media/{}", kept.as_str().unwrap())).await;
    assert_eq!(file.text(), "%PDF-1.7 later");
}

#[tokio::test]
async fn old_messages_are_deleted_with_their_files_and_waiting_messages_stay() {
    let app = App::new().await;
    let owner = app.owner().await;
    let account = linked(&app, &owner).await;
    // The message is due in ten days, so it still waits when the test ends. Without `sendAt`, the message would expire
    // after a day.
    let later = app.clock.now() + jiff::SignedDuration::from_hours(10 * 24);
    let waits =
        owner.post(&format!("{account}/messages"), with("sendAt", json!(later.to_string()))).await.json();
    let by_url =
        json!({ "to": "+15550000002", "type": "image", "image": { "url": "https://example.invalid/a.png" } });
    let other = owner.post(&format!("{account}/messages"), by_url).await.json();
    let cancelled =
        owner.post(&format!("{account}/messages/{}/cancel", other["id"].as_str().unwrap()), json!({})).await;
    assert_eq!(cancelled.status, 200, "{}", cancelled.text());
    app.clock.advance(std::time::Duration::from_secs(2 * 24 * 60 * 60));
    let keep = std::time::Duration::from_secs(24 * 60 * 60);
    assert_eq!(app.services().messages.remove_old(keep).await.unwrap(), 1);
    let left = owner.get(&format!("{account}/messages")).await.json();
    assert_eq!(left["data"].as_array().map(Vec::len), Some(1), "{left}");
    assert_eq!(left["data"][0]["id"], waits["id"]);
}
