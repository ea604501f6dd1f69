//! Messages from an API client reach the phone once and in order, and the client learns what happened to them.

use super::*;

#[tokio::test]
async fn texts_reach_the_phone_in_order_and_their_status_advances() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let installation = unhurried(&sim).await?;
    let (server, account, _) = installation.online(&sim).await?;
    let desk = Desk { api: &server.api, account: &account };
    let bob = sim.phone("Bob")?;
    let first = desk
        .send(json!({
            "to": format!("+{bob}"), "type": "text", "text": { "body": "one" }, "clientReference": "order-77",
        }))
        .await?;
    assert_eq!((&first["status"], &first["origin"]), (&json!("queued"), &json!("api")));
    for text in ["two", "three", "four"] {
        desk.send_text(&bob, text).await?;
    }
    let last = desk.send_text(&bob, "five").await?;
    desk.reaches(&last, &["sent", "delivered", "read"]).await?;
    let inbox = sim.server().phones().inbox(&bob, 0)?;
    let texts: Vec<&str> = inbox.iter().filter_map(|message| message.text()).collect();
    assert_eq!(texts, ["one", "two", "three", "four", "five"]);

    let first = desk.reaches(&first, &["sent", "delivered", "read"]).await?;
    assert_eq!(first["waMessageId"], json!(inbox[0].id));
    let ids = inbox.iter().map(|message| message.id.clone()).collect();
    sim.server().phones().send_receipt(&bob, &inbox[0].from, ids, whatsim::ReceiptKind::Read)?;
    let first = desk.reaches(&first, &["read"]).await?;
    let id = first["id"].as_str().context("an id")?;
    let receipts = desk.get(&format!("messages/{id}/receipts")).await?;
    assert!(receipts["data"][0]["readAt"].is_string(), "{receipts}");

    let accepted = events_of(&server.api, "message.accepted").await?;
    assert_eq!(accepted.len(), 5);
    let statuses: Vec<String> = events_of(&server.api, "message.status")
        .await?
        .into_iter()
        .filter(|told| told["messageId"] == first["id"])
        .map(|told| told["status"].as_str().unwrap_or_default().to_owned())
        .collect();
    assert_eq!((statuses.first(), statuses.last()), (Some(&"sending".to_owned()), Some(&"read".to_owned())));
    assert!(statuses.contains(&"sent".to_owned()), "{statuses:?}");
    assert_eq!(desk.listed("messages?clientReference=order-77", 1).await?.len(), 1);
    assert_eq!(events_of(&server.api, "message.echo").await?.len(), 0);
    sim.finish().await?;
    Ok(())
}

#[tokio::test]
async fn a_message_to_a_number_without_whatsapp_fails_with_a_reason() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let installation = unhurried(&sim).await?;
    let (server, account, _) = installation.online(&sim).await?;
    let desk = Desk { api: &server.api, account: &account };
    let message = desk.send_text("+15559999999", "anybody there?").await?;
    let failed = desk.reaches(&message, &["failed"]).await?;
    assert_eq!(failed["failure"]["code"], "recipient_not_on_whatsapp");
    let id = message["id"].as_str().context("an id")?;
    let (status, refused) = desk.post(&format!("messages/{id}/cancel"), json!({})).await?;
    assert_eq!((status, &refused["code"]), (StatusCode::CONFLICT, &json!("already_sent")));
    sim.finish().await?;
    Ok(())
}

#[tokio::test]
async fn a_paused_account_accepts_messages_and_shows_why_the_messages_wait() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let installation = unhurried(&sim).await?;
    let (server, account, _) = installation.online(&sim).await?;
    let desk = Desk { api: &server.api, account: &account };
    let bob = sim.phone("Bob")?;
    server.api.tell(&account, "pause").await?;
    server.api.reaches(&account, "paused").await?;
    let waiting = desk.send_text(&bob, "later").await?;
    let gone = desk.send_text(&bob, "never").await?;
    let shown = desk.reaches(&waiting, &["queued"]).await?;
    assert_eq!(shown["waiting"]["reason"], "paused");
    let id = gone["id"].as_str().context("an id")?;
    let (status, cancelled) = desk.post(&format!("messages/{id}/cancel"), json!({})).await?;
    assert_eq!((status, &cancelled["status"]), (StatusCode::OK, &json!("cancelled")), "{cancelled}");
    let queue = desk.get("queue").await?;
    assert_eq!((&queue["waiting"], &queue["reasons"]["paused"]), (&json!(1), &json!(1)), "{queue}");
    server.api.tell(&account, "resume").await?;
    desk.reaches(&waiting, &["sent", "delivered"]).await?;
    let inbox = sim.server().phones().inbox(&bob, 0)?;
    assert_eq!(inbox.iter().filter_map(|message| message.text()).collect::<Vec<_>>(), ["later"]);
    sim.finish().await?;
    Ok(())
}

#[tokio::test]
async fn an_invalid_body_names_the_field_and_stores_nothing() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let installation = unhurried(&sim).await?;
    let (server, account, number) = installation.online(&sim).await?;
    let desk = Desk { api: &server.api, account: &account };
    let text = |body: &str| json!({ "to": number, "type": "text", "text": { "body": body } });
    let with = |name: &str, value: Value| {
        let mut body = text("hello");
        body[name] = value;
        body
    };
    let cases = [
        (json!({}), "type"),
        (json!({ "type": "text", "text": { "body": "x" } }), "to"),
        (json!({ "to": number, "type": "text" }), "text"),
        (text(""), "text.body"),
        (text(&"x".repeat(65_537)), "text.body"),
        (with("to", json!("ana")), "to"),
        (with("to", json!("01890a5d-ac96-774b-bcce-b302099a8057")), "to"),
        (with("to", json!("status@broadcast")), "to"),
        (with("sendAt", json!("2001-01-01T00:00:00Z")), "sendAt"),
        (with("replyTo", json!("01890a5d-ac96-774b-bcce-b302099a8057")), "replyTo"),
        (with("priority", json!("urgent")), "priority"),
        (with("clientReference", json!("x".repeat(101))), "clientReference"),
        (with("unknown", json!(1)), "unknown"),
        (with("image", json!({})), "image"),
        (json!({ "type": "reaction", "reaction": { "emoji": "👍" } }), "reaction.messageId"),
    ];
    for (body, field) in cases {
        let (status, refused) = desk.post("messages", body.clone()).await?;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{body}: {refused}");
        let fields: Vec<&str> =
            refused["errors"].as_array().into_iter().flatten().filter_map(|e| e["field"].as_str()).collect();
        assert!(fields.contains(&field), "{field} in {refused}");
    }
    let bad = json!({ "messages": [text("good"), text("")] });
    let (status, refused) = desk.post("messages/batch", bad).await?;
    assert_eq!(
        (status, &refused["errors"][0]["field"]),
        (StatusCode::BAD_REQUEST, &json!("messages[1].text.body"))
    );
    let many: Vec<Value> = (0..501).map(|_| text("x")).collect();
    let (status, _) = desk.post("messages/batch", json!({ "messages": many })).await?;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(desk.get("messages").await?["data"], json!([]));
    sim.finish().await?;
    Ok(())
}
