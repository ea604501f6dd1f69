//! WhatsApp's restrictions on an online account, as the account's health and the event log show them.

use std::time::Duration;

use serde_json::{Value, json};
use whatsim::{Capping, CappingLevel, FaultKind, ReachoutTimelock};

use super::api::Api;
use super::installation::online;
use crate::deadline::until_after;
use crate::sim::Sim;

/// The end of a restriction, far in the future.
const END: &str = "2099-01-01T00:00:00Z";

/// The maximum time until the server knows a changed restriction. Within 20 s after a login, the server asks WhatsApp
/// for changes that the server missed. The other 30 s are a margin.
const ASKED_WITHIN: Duration = Duration::from_secs(50);

const fn capping(level: CappingLevel) -> FaultKind {
    FaultKind::Capping(Capping { level })
}

/// Waits until the account's health has exactly these findings, worst first, and returns the health.
async fn finds(api: &Api, account: &str, codes: &[&str]) -> anyhow::Result<Value> {
    until_after(ASKED_WITHIN, format!("health with {codes:?}"), async || {
        let health = api.health(account).await.ok()?;
        let found = health["reasons"].as_array()?;
        found.iter().map(|finding| &finding["code"]).eq(codes).then_some(health)
    })
    .await
}

/// The `data` of the events about restrictions.
async fn told(api: &Api) -> anyhow::Result<Vec<Value>> {
    let events = api.events().await?;
    let restrictions = events.into_iter().filter(|event| event["type"] == "account.restriction");
    Ok(restrictions.map(|mut event| event["data"].take()).collect())
}

#[tokio::test]
async fn a_time_lock_is_critical_until_it_is_lifted() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let (_installation, server, account, number) = online(&sim).await?;
    let lock = sim.limit(&number, FaultKind::ReachoutTimelock(ReachoutTimelock::default()), Some(END))?;
    let health = finds(&server.api, &account, &["time_locked"]).await?;
    assert_eq!(
        (&health["healthStatus"], &health["restriction"]["timeLockedUntil"]),
        (&"Critical".into(), &END.into())
    );
    assert_eq!(server.api.account(&account).await?["healthStatus"], "Critical");
    assert_eq!(health["connectionStatus"], "Connected", "it may answer those who write");

    sim.clear(lock)?;
    assert_eq!(finds(&server.api, &account, &[]).await?["healthStatus"], "Healthy");
    let ends: Vec<_> =
        told(&server.api).await?.into_iter().map(|mut data| data["timeLockedUntil"].take()).collect();
    assert_eq!(ends, [json!(END), Value::Null], "each change is told once");
    sim.finish().await?;
    Ok(())
}

#[tokio::test]
async fn each_capping_level_changes_the_health_and_is_reported_as_an_event() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let (_installation, server, account, number) = online(&sim).await?;
    let mut expected = Vec::new();
    for (level, name, code, health_status) in [
        (CappingLevel::FirstWarning, "first_warning", "capping_first_warning", "Warning"),
        (CappingLevel::SecondWarning, "second_warning", "capping_second_warning", "Warning"),
        (CappingLevel::Capped, "capped", "capped", "Critical"),
    ] {
        let fault = sim.limit(&number, capping(level), None)?;
        let health = finds(&server.api, &account, &[code]).await?;
        assert_eq!(
            (&health["healthStatus"], &health["restriction"]["capping"]),
            (&health_status.into(), &name.into())
        );
        sim.clear(fault)?;
        assert_eq!(finds(&server.api, &account, &[]).await?["healthStatus"], "Healthy");
        expected.extend([json!(name), json!("none")]);
    }
    let levels: Vec<_> =
        told(&server.api).await?.into_iter().map(|mut data| data["capping"].take()).collect();
    assert_eq!(levels, expected);
    sim.finish().await?;
    Ok(())
}

#[tokio::test]
async fn a_restriction_survives_a_restart_and_is_not_reported_again() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let (installation, server, account, number) = online(&sim).await?;
    let fault = sim.limit(&number, capping(CappingLevel::Capped), None)?;
    finds(&server.api, &account, &["capped"]).await?;
    // The account is paused, so it cannot ask WhatsApp. The server must know the restriction from its database.
    server.api.tell(&account, "pause").await?;
    server.kill().await?;
    let server = installation.start().await?;
    let health = finds(&server.api, &account, &["capped"]).await?;
    assert_eq!((&health["connectionStatus"], sim.connections()), (&"Disconnected".into(), 0));

    server.api.tell(&account, "resume").await?;
    server.api.reaches(&account, "online").await?;
    finds(&server.api, &account, &["capped"]).await?;
    assert_eq!(told(&server.api).await?.len(), 1, "the same restriction is no news");

    server.kill().await?;
    sim.clear(fault)?;
    let server = installation.start().await?;
    finds(&server.api, &account, &[]).await?;
    assert_eq!(told(&server.api).await?.len(), 2, "lifted while nobody listened");
    sim.finish().await?;
    Ok(())
}
