//! `kill -9` while files are transferred: each file arrives once, in both directions.

use super::*;

const EACH: usize = 4;

#[tokio::test]
async fn files_in_transfer_when_the_server_is_killed_arrive_once() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let installation = unhurried(&sim).await?;
    let (mut server, account, number) = installation.online(&sim).await?;
    let bob = sim.phone("Bob")?;
    let mut expected = Vec::new();
    for round in 0..3 {
        let desk = Desk { api: &server.api, account: &account };
        for step in 0..EACH {
            let file = large(600_000 + round * EACH + step);
            let uploaded = server.api.upload(&account, "application/pdf", file.clone()).await?;
            expected.push(uploaded["sha256"].clone());
            phone_sends(&sim, &bob, &number, "document", &file, "application/pdf").await?;
            let part = json!({ "mediaId": uploaded["id"] });
            desk.send(json!({ "to": bob, "type": "document", "document": part })).await?;
        }
        server.kill().await?;
        server = installation.start().await?;
    }
    server.api.reaches(&account, "online").await?;
    let desk = Desk { api: &server.api, account: &account };
    desk.queue_is_empty().await?;
    // The phone downloads a file before it lists the message in its inbox.
    let got = until("all files at the phone", async || {
        let inbox = serde_json::to_value(sim.server().phones().inbox(&bob, 0).ok()?).ok()?;
        let inbox = inbox.as_array()?;
        let got: Vec<Value> = inbox.iter().map(|heard| heard["document"]["sha256"].clone()).collect();
        (got.len() >= expected.len()).then_some(got)
    })
    .await?;
    assert_eq!(got, expected, "each once, in the order of acceptance");
    let told = until("all files that the phone sent", async || {
        let told = events_of(&server.api, "media.ready").await.ok()?;
        (told.len() >= expected.len()).then_some(told)
    })
    .await?;
    let told = told.iter().map(|data| data["media"]["sha256"].to_string());
    assert_eq!(counted(told), counted(expected.iter().map(Value::to_string)));
    sim.finish().await?;
    Ok(())
}
