//! Edits, and group messages that an admin revokes.

use whatsim::{FaultKind, SlowAck};

use super::files::{PNG, phone_says, phone_sends};
use super::*;

#[tokio::test]
async fn a_caption_edit_reaches_the_api_and_the_phone_and_keeps_the_file() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let installation = unhurried(&sim).await?;
    let (server, account, number) = installation.online(&sim).await?;
    let desk = Desk { api: &server.api, account: &account };
    let bob = sim.phone("Bob")?;
    phone_sends(&sim, &bob, &number, "image", PNG, "image/png").await?;
    desk.listed("messages", 1).await?;
    let received = desk.received_with("ready").await?;
    let edit = json!({ "messageId": received["waMessageId"], "caption": "said later" });
    phone_says(&sim, &bob, json!({ "to": number, "type": "edit", "edit": edit })).await?;
    let edited =
        until("an edit", async || events_of(&server.api, "message.edited").await.ok()?.pop()).await?;
    let (message, before) = (&edited["message"], &received["image"]);
    assert_eq!((&message["id"], &message["image"]["caption"]), (&received["id"], &json!("said later")));
    assert_eq!(
        (&message["image"]["mediaId"], &message["image"]["state"]),
        (&before["mediaId"], &json!("ready"))
    );
    assert_eq!(desk.file(&before["mediaId"]).await?, PNG);

    let file = desk.upload("image/png", PNG).await?;
    let image = json!({ "mediaId": file, "caption": "first" });
    let sent = desk.send(json!({ "to": bob, "type": "image", "image": image })).await?;
    desk.reaches(&sent, &["delivered"]).await?;
    let edit = json!({ "messageId": sent["id"], "caption": "second" });
    let act = desk.send(json!({ "type": "edit", "edit": edit })).await?;
    desk.reaches(&act, &["sent", "delivered"]).await?;
    let now = desk.get(&format!("messages/{}", sent["id"].as_str().unwrap_or("?"))).await?;
    assert_eq!((&now["image"]["caption"], &now["image"]["mediaId"]), (&json!("second"), &json!(file)));
    assert!(now["editedAt"].is_string(), "{now}");
    let heard = serde_json::to_value(sim.server().phones().inbox(&bob, 0)?)?;
    let last = heard.as_array().and_then(|heard| heard.last()).context("the edit")?;
    let told = (&last["type"], &last["edit"]["messageId"], &last["edit"]["caption"]);
    assert_eq!(told, (&json!("edit"), &sent["waMessageId"], &json!("second")), "{heard}");

    // The API refuses these edits: a caption for a text message, a text for a picture, both a text and a caption,
    // neither of them, and a caption that is too long.
    let text = desk.send_text(&bob, "a text").await?;
    desk.reaches(&text, &["delivered"]).await?;
    for (edit, field) in [
        (json!({ "messageId": text["id"], "caption": "x" }), "edit.messageId"),
        (json!({ "messageId": sent["id"], "text": "x" }), "edit.messageId"),
        (json!({ "messageId": sent["id"], "text": "x", "caption": "x" }), "edit.caption"),
        (json!({ "messageId": sent["id"] }), "edit.text"),
        (json!({ "messageId": sent["id"], "caption": "x".repeat(1_025) }), "edit.caption"),
    ] {
        let (status, refused) = desk.post("messages", json!({ "type": "edit", "edit": edit })).await?;
        assert_eq!((status.as_u16(), &refused["errors"][0]["field"]), (400, &json!(field)), "{refused}");
    }
    sim.finish().await?;
    Ok(())
}

/// The simulator delays the ack of WhatsApp's server, so the recipient's delivery receipt arrives first.
#[tokio::test]
async fn an_edit_applies_even_if_the_receipt_arrives_before_whatsapps_answer() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let installation = unhurried(&sim).await?;
    let (server, account, number) = installation.online(&sim).await?;
    let desk = Desk { api: &server.api, account: &account };
    let bob = sim.phone("Bob")?;
    let text = desk.send_text(&bob, "first").await?;
    desk.reaches(&text, &["delivered"]).await?;
    sim.fault(&number, FaultKind::SlowAck(SlowAck { delay_ms: 2_000 }), 1)?;
    let edit = json!({ "messageId": text["id"], "text": "second" });
    let act = desk.send(json!({ "type": "edit", "edit": edit })).await?;
    desk.reaches(&act, &["delivered"]).await?;
    let now = desk.get(&format!("messages/{}", text["id"].as_str().unwrap_or("?"))).await?;
    assert_eq!(now["text"]["body"], "second");
    assert_eq!(events_of(&server.api, "message.edited").await?.len(), 1);
    sim.finish().await?;
    Ok(())
}

#[tokio::test]
async fn a_revoke_by_another_group_admin_is_stored_and_reported() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let installation = unhurried(&sim).await?;
    let (server, account, number) = installation.online(&sim).await?;
    let desk = Desk { api: &server.api, account: &account };
    let [bob, cid, group] = choir(&sim, &number)?;
    sim.send(&bob, &group, "something rude").await?;
    let received = desk.listed("messages", 1).await?.remove(0);
    let revoke = json!({ "messageId": received["waMessageId"] });
    phone_says(&sim, &cid, json!({ "to": group, "type": "revoke", "revoke": revoke })).await?;
    let told =
        until("a revoke", async || events_of(&server.api, "message.revoked").await.ok()?.pop()).await?;
    assert_eq!((&told["messageId"], &told["waMessageId"]), (&received["id"], &received["waMessageId"]));
    assert_eq!((&told["by"]["pushName"], &told["chat"]["id"]), (&json!("Cid"), &received["chat"]["id"]));
    let now = desk.get(&format!("messages/{}", received["id"].as_str().unwrap_or("?"))).await?;
    assert!(now["revokedAt"].is_string(), "{now}");
    assert_eq!(events_of(&server.api, "message.revoked").await?.len(), 1);
    sim.finish().await?;
    Ok(())
}

#[tokio::test]
async fn an_account_that_is_group_admin_can_revoke_a_members_message() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let installation = unhurried(&sim).await?;
    let (server, account, number) = installation.online(&sim).await?;
    let desk = Desk { api: &server.api, account: &account };
    let [bob, cid, group] = choir(&sim, &number)?;
    sim.send(&bob, &group, "something rude").await?;
    let received = desk.listed("messages", 1).await?.remove(0);
    let act = desk.send(json!({ "type": "revoke", "revoke": { "messageId": received["id"] } })).await?;
    desk.reaches(&act, &["sent", "delivered"]).await?;
    for phone in [&bob, &cid] {
        let revoked = until("the revoke at a member", async || {
            let inbox = sim.server().phones().inbox(phone, 0).ok()?;
            inbox.into_iter().find_map(|heard| match serde_json::to_value(heard).ok()? {
                heard if heard["type"] == "revoke" => Some(heard),
                _ => None,
            })
        });
        let revoked = revoked.await?;
        assert_eq!(revoked["revoke"]["messageId"], received["waMessageId"], "{revoked}");
    }
    let now = desk.get(&format!("messages/{}", received["id"].as_str().unwrap_or("?"))).await?;
    assert!(now["revokedAt"].is_string(), "{now}");
    sim.finish().await?;
    Ok(())
}
