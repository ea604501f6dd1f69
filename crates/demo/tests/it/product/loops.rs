//! A connection that breaks again soon after each reconnection.

use serde_json::Value;
use whatsim::FaultKind;

use super::api::Api;
use super::installation::online;
use crate::deadline::until;
use crate::sim::Sim;

const LOST: [&str; 2] = ["network_lost", "server_closed"];

async fn loops_told(api: &Api) -> anyhow::Result<Vec<Value>> {
    let events = api.events().await?;
    Ok(events.into_iter().filter(|event| event["type"] == "account.reconnect_loop").collect())
}

/// This test takes about 40 s, because the server doubles its delay before each of the five reconnects.
#[tokio::test]
async fn five_lost_connections_in_a_row_are_reported_once_as_a_reconnect_loop() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let (_installation, server, account, number) = online(&sim).await?;
    for drops in 1..=5 {
        assert_eq!(loops_told(&server.api).await?, Vec::<Value>::new(), "after {} drops", drops - 1);
        sim.fault(&number, FaultKind::DropConnection, 1)?;
        let lost = server.api.reaches_one_of(&account, &LOST).await?;
        assert_eq!(lost["status"]["attempt"], drops, "a connection that did not hold counts on");
        if drops < 5 {
            server.api.reaches(&account, "online").await?;
        }
    }
    let told = until("the event", async || loops_told(&server.api).await.ok()?.pop()).await?;
    assert_eq!(told["accountId"], account.as_str());
    assert_eq!((&told["data"]["disconnects"], &told["data"]["withinSeconds"]), (&5.into(), &600.into()));
    assert!(LOST.iter().any(|reason| told["data"]["reason"] == *reason), "{told}");

    server.api.reaches(&account, "online").await?;
    assert_eq!(loops_told(&server.api).await?.len(), 1);
    sim.finish().await?;
    Ok(())
}
