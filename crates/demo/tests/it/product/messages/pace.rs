//! The pace at which an account sends messages, and how WhatsApp's restrictions affect it.

use whatsim::{FaultKind, ReachoutTimelock};

use super::*;

/// The end of a restriction, far in the future.
const END: &str = "2099-01-01T00:00:00Z";

#[tokio::test]
async fn a_changed_message_rate_applies_at_once() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let mut installation = Installation::new(&sim).await?;
    installation.set("WHATSAPP_MESSAGE_RATE_LIMIT", 1);
    let (server, account, _) = installation.online(&sim).await?;
    assert_eq!(server.api.account(&account).await?["pacing"]["messagesPerMinute"], 1);
    let desk = Desk { api: &server.api, account: &account };
    let bob = sim.phone("Bob")?;
    let first = desk.send_text(&bob, "one").await?;
    desk.reaches(&first, &["sent", "delivered"]).await?;
    let (second, third) = (desk.send_text(&bob, "two").await?, desk.send_text(&bob, "three").await?);
    assert_eq!(desk.reaches(&second, &["queued"]).await?["waiting"]["reason"], "rate_limit");
    assert_eq!(desk.reaches(&third, &["queued"]).await?["waiting"]["reason"], "order");
    // The typing indicator is on, but it does not delay the messages.
    let pacing = json!({ "messagesPerMinute": 0, "typing": true });
    let changed = server.api.change(&account, json!({ "pacing": pacing })).await?;
    assert_eq!(changed["pacing"], json!({ "messagesPerMinute": 0, "jitter": true, "typing": true }));
    desk.reaches(&third, &["sent", "delivered"]).await?;
    let inbox = sim.server().phones().inbox(&bob, 0)?;
    let texts: Vec<&str> = inbox.iter().filter_map(|message| message.text()).collect();
    assert_eq!(texts, ["one", "two", "three"]);
    sim.finish().await?;
    Ok(())
}

#[tokio::test]
async fn a_time_lock_delays_messages_to_new_chats_only() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let installation = unhurried(&sim).await?;
    let (server, account, number) = installation.online(&sim).await?;
    let desk = Desk { api: &server.api, account: &account };
    let (bob, carol) = (sim.phone("Bob")?, sim.phone("Carol")?);
    sim.send(&carol, &number, "are you there?").await?;
    desk.listed("messages?direction=inbound", 1).await?;
    let lock = sim.limit(&number, FaultKind::ReachoutTimelock(ReachoutTimelock::default()), Some(END))?;
    until("a health that tells of the lock", async || {
        let health = server.api.health(&account).await.ok()?;
        (health["restriction"]["timeLockedUntil"] == END).then_some(())
    })
    .await?;

    let stranger = desk.send_text(&bob, "hello, stranger").await?;
    let known = desk.send_text(&carol, "yes").await?;
    desk.reaches(&known, &["sent", "delivered"]).await?;
    let waiting = desk.reaches(&stranger, &["queued"]).await?["waiting"].clone();
    assert_eq!(waiting, json!({ "reason": "restricted", "until": END }));
    let queue = desk.get("queue").await?;
    assert_eq!(queue["reasons"], json!({ "restricted": 1 }), "{queue}");
    assert_eq!(queue["oldest"]["waiting"]["reason"], "restricted");

    sim.clear(lock)?;
    desk.reaches(&stranger, &["sent", "delivered"]).await?;
    sim.finish().await?;
    Ok(())
}
