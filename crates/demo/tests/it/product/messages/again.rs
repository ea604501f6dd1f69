//! A linked account is removed on the phone and linked again with the same phone. It continues its chats, and
//! nothing is duplicated.

use super::*;

#[tokio::test]
async fn an_account_that_is_linked_again_continues_its_chats() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let installation = unhurried(&sim).await?;
    let (server, account, number) = installation.online(&sim).await?;
    let desk = Desk { api: &server.api, account: &account };
    let bob = sim.phone("Bob")?;
    sim.send(&bob, &number, "before").await?;
    let chat = desk.listed("chats", 1).await?[0]["id"].clone();
    let answer = desk.send_text(&bob, "answer").await?;
    desk.reaches(&answer, &["sent", "delivered"]).await?;

    sim.unlink_all(&number)?;
    server.api.reaches_one_of(&account, &["device_removed", "logged_out"]).await?;
    // Without a session, the API accepts no messages: they must not be sent later with the next session.
    let refused = until("a refusal", async || {
        let late = json!({ "to": bob, "type": "text", "text": { "body": "late" } });
        let (status, answer) = desk.post("messages", late).await.ok()?;
        (status != StatusCode::ACCEPTED).then_some((status, answer["code"].clone()))
    })
    .await?;
    assert_eq!(refused, (StatusCode::CONFLICT, json!("not_linked")));
    server.api.connect_again(&account).await?;
    sim.scan(&number, &server.api.qr_text(&account).await?).await?;
    server.api.reaches(&account, "online").await?;

    sim.send(&bob, &number, "after").await?;
    let listed = desk.listed("messages?direction=inbound", 2).await?;
    assert!(listed.iter().all(|message| message["chat"]["id"] == chat), "{listed:?}");
    let again = desk.send_text(&bob, "again").await?;
    desk.reaches(&again, &["sent", "delivered"]).await?;
    sim.drained(&number).await?;
    let inbox = sim.server().phones().inbox(&bob, 0)?;
    assert_eq!(inbox.iter().filter_map(|message| message.text()).collect::<Vec<_>>(), ["answer", "again"]);
    assert_eq!(events_of(&server.api, "message.received").await?.len(), 2);
    assert_eq!(desk.listed("chats", 1).await?.len(), 1);
    sim.finish().await?;
    Ok(())
}
