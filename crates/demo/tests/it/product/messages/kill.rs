//! `kill -9` during traffic in both directions. No message is lost, and none arrives twice.

use rand::RngExt as _;

use super::*;

const KILLS: usize = 5;
const EACH: usize = 12;

#[tokio::test]
async fn a_killed_server_neither_loses_nor_duplicates_a_message() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let installation = unhurried(&sim).await?;
    let (mut server, account, number) = installation.online(&sim).await?;
    let bob = sim.phone("Bob")?;
    let mut accepted = Vec::new();
    let mut written = Vec::new();
    for round in 0..KILLS {
        let moment = rand::rng().random_range(0..EACH);
        for step in 0..EACH {
            let text = format!("in {round}.{step}");
            sim.send(&bob, &number, &text).await?;
            written.push(text);
            if step > moment {
                // The server is down from the kill until the next round, so only phones write.
                continue;
            }
            let text = format!("out {round}.{step}");
            let desk = Desk { api: &server.api, account: &account };
            desk.send_text(&bob, &text).await?;
            accepted.push(text);
            if step == moment {
                server.kill().await?;
                server = installation.start().await?;
            }
        }
    }
    server.api.reaches(&account, "online").await?;
    let desk = Desk { api: &server.api, account: &account };
    desk.queue_is_empty().await?;
    sim.drained(&number).await?;
    let inbox = sim.server().phones().inbox(&bob, 0)?;
    let sent: Vec<String> = inbox.iter().filter_map(|message| message.text().map(str::to_owned)).collect();
    if sent != accepted {
        // Print what is needed to find the missing texts, because nothing is left to examine after the test.
        eprintln!(
            "inbox: {inbox:#?}\nmessages: {:#}",
            desk.get("messages?direction=outbound&limit=200").await?
        );
    }
    let each_once = counted(sent.iter().cloned());
    assert_eq!(each_once, counted(accepted.iter().cloned()), "each once");
    // A kill may lose the last 25 ms of a Signal session. Then the phone cannot decrypt a message and requests it
    // again. The phone gets this message after messages that were sent later. In this case, the test does not check
    // the order.
    let asked_again = inbox.last().is_some_and(|last| last.index != inbox.len() as u64);
    if !asked_again {
        assert_eq!(sent, accepted, "in the order of acceptance");
    }

    until("a receipt for each message", async || {
        let sent = desk.get("messages?direction=outbound&limit=200").await.ok()?;
        let delivered = sent["data"].as_array()?.iter().filter(|message| message["status"] == "delivered");
        (delivered.count() == accepted.len()).then_some(())
    })
    .await?;
    let told = until("all that phones wrote", async || {
        let told = events_of(&server.api, "message.received").await.ok()?;
        (told.len() >= written.len()).then_some(told)
    })
    .await?;
    let told =
        told.iter().map(|data| data["message"]["text"]["body"].as_str().unwrap_or_default().to_owned());
    let expected = counted(written.into_iter());
    assert_eq!(counted(told), expected);
    sim.finish().await?;
    Ok(())
}
