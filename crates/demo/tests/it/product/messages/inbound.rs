//! Messages from phones are in the event log and in the lists.

use super::*;

#[tokio::test]
async fn a_text_from_a_phone_is_stored_and_reported_once() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let installation = unhurried(&sim).await?;
    let (server, account, number) = installation.online(&sim).await?;
    let desk = Desk { api: &server.api, account: &account };
    let bob = sim.phone("Bob")?;
    sim.send(&bob, &number, "hello").await?;
    sim.send(&bob, &number, "again").await?;

    let listed = desk.listed("messages", 2).await?;
    assert_eq!((&listed[0]["text"]["body"], &listed[1]["text"]["body"]), (&json!("again"), &json!("hello")));
    let message = &listed[1];
    assert_eq!((&message["direction"], &message["status"]), (&json!("inbound"), &json!("received")));
    assert_eq!(message["sender"]["pushName"], "Bob");
    assert_eq!(message["receivedVia"], "live");
    let told = events_of(&server.api, "message.received").await?;
    assert_eq!(told.len(), 2);
    assert_eq!(told[0]["message"]["id"], message["id"]);

    let chats = desk.listed("chats", 1).await?;
    assert_eq!((&chats[0]["unreadCount"], &chats[0]["lastMessage"]["id"]), (&json!(2), &listed[0]["id"]));
    let chat = chats[0]["id"].as_str().context("a chat has an id")?;
    let (status, read) =
        desk.post(&format!("chats/{chat}/read"), json!({ "messageId": listed[0]["id"] })).await?;
    assert_eq!((status, &read["unreadCount"]), (StatusCode::OK, &json!(0)), "{read}");
    let contacts = desk.listed("contacts", 1).await?;
    assert!(contacts.iter().any(|person| person["pushName"] == "Bob"), "{contacts:?}");
    assert_eq!(server.api.account(&account).await?["messagesReceivedToday"], 2);
    sim.finish().await?;
    Ok(())
}

#[tokio::test]
async fn messages_that_arrive_during_a_pause_are_stored_after_the_resume() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let installation = unhurried(&sim).await?;
    let (server, account, number) = installation.online(&sim).await?;
    let bob = sim.phone("Bob")?;
    server.api.tell(&account, "pause").await?;
    for text in 0..20 {
        sim.send(&bob, &number, &format!("number {text}")).await?;
    }
    server.api.tell(&account, "resume").await?;
    let desk = Desk { api: &server.api, account: &account };
    let listed = desk.listed("messages", 20).await?;
    assert_eq!(listed.len(), 20);
    assert!(listed.iter().all(|message| message["receivedVia"] == "offline"), "{listed:?}");
    sim.finish().await?;
    Ok(())
}
