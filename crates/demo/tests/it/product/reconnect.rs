//! The connection of an online account breaks in several ways. Checks what the account's status reports meanwhile.

use serde_json::Value;
use whatsim::{FaultKind, StreamError};

use super::installation::online;
use crate::deadline::until;
use crate::sim::Sim;

fn waits(account: &Value) -> bool {
    account["connectionStatus"] == "Connecting" && account["status"]["nextRetryAt"].is_string()
}

#[tokio::test]
async fn a_dropped_connection_reconnects_by_itself() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let (_installation, server, account, number) = online(&sim).await?;
    sim.fault(&number, FaultKind::DropConnection, 1)?;
    let lost = server.api.reaches_one_of(&account, &["network_lost", "server_closed"]).await?;
    assert!(waits(&lost), "{lost}");
    assert_eq!((&lost["status"]["attempt"], &lost["status"]["action"]), (&1.into(), &"wait".into()));
    let back = server.api.reaches(&account, "online").await?;
    assert!(back["lastDisconnectedAt"].is_string());
    assert_eq!(sim.state(&number)?.devices.len(), 1, "the same device");
    sim.finish().await?;
    Ok(())
}

/// The connection stays open, but WhatsApp's answer to the login is lost.
#[tokio::test]
async fn a_login_whose_answer_was_lost_is_tried_again() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let (_installation, server, account, number) = online(&sim).await?;
    let hole = sim.fault(&number, FaultKind::BlackHole, 2)?;
    sim.fault(&number, FaultKind::DropConnection, 1)?;
    until("a login in the black hole", async || {
        let faults = sim.server().faults().list();
        faults.iter().any(|fault| fault.id == hole && fault.hits == 2).then_some(())
    })
    .await?;
    sim.clear(hole)?;
    server.api.reaches(&account, "online").await?;
    sim.finish().await?;
    Ok(())
}

#[tokio::test]
async fn an_outage_is_retried_with_growing_delays() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let (_installation, server, account, number) = online(&sim).await?;
    // The fault ends the current connection and the next two logins.
    sim.fault(&number, FaultKind::StreamError(StreamError { code: 503 }), 3)?;
    let third = crate::deadline::until("a third failure", async || {
        let body = server.api.account(&account).await.ok()?;
        (body["status"]["attempt"] == 3).then_some(body)
    })
    .await?;
    assert_eq!(third["status"]["reason"], "service_unavailable");
    assert_eq!(third["healthStatus"], "Warning");
    server.api.reaches(&account, "online").await?;
    sim.finish().await?;
    Ok(())
}

#[tokio::test]
async fn a_restart_that_whatsapp_requests_does_not_count_as_a_failed_attempt() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let (_installation, server, account, number) = online(&sim).await?;
    let before = server.api.account(&account).await?["lastConnectedAt"].clone();
    sim.fault(&number, FaultKind::StreamError(StreamError { code: 515 }), 1)?;
    let back = crate::deadline::until("a new connection", async || {
        let body = server.api.account(&account).await.ok()?;
        (body["connectionStatus"] == "Connected" && body["lastConnectedAt"] != before).then_some(body)
    })
    .await?;
    assert_eq!(back["status"]["attempt"], 0);
    sim.finish().await?;
    Ok(())
}

#[tokio::test]
async fn an_account_replaced_by_another_connection_does_not_reconnect_by_itself() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let (_installation, server, account, number) = online(&sim).await?;
    sim.fault(&number, FaultKind::StreamError(StreamError { code: 409 }), 1)?;
    let replaced = server.api.reaches(&account, "replaced").await?;
    assert_eq!(
        (&replaced["connectionStatus"], &replaced["healthStatus"]),
        (&"Failed".into(), &"Critical".into())
    );
    server.api.connect_again(&account).await?;
    server.api.reaches(&account, "online").await?;
    assert_eq!(sim.state(&number)?.devices.len(), 1, "taken back with the session that was kept");
    sim.finish().await?;
    Ok(())
}
