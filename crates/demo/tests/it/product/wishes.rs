//! What an operator may request for an account, in every state of its connection.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::installation::{Installation, online};
use crate::deadline::until;
use crate::sim::Sim;

#[tokio::test]
async fn a_pause_keeps_the_session_and_survives_a_restart() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let (installation, server, account, number) = online(&sim).await?;
    let (status, paused) = server.api.tell(&account, "pause").await?;
    assert_eq!((status, &paused["status"]["reason"]), (StatusCode::OK, &"paused".into()));
    assert_eq!(paused["connectionStatus"], "Disconnected");
    until("a closed connection", async || (sim.connections() == 0).then_some(())).await?;

    server.kill().await?;
    let server = installation.start().await?;
    assert_eq!(server.api.reaches(&account, "paused").await?["isActive"], false);
    assert_eq!(sim.connections(), 0);

    let (status, _) = server.api.tell(&account, "resume").await?;
    assert_eq!(status, StatusCode::OK);
    server.api.reaches(&account, "online").await?;
    assert_eq!(sim.state(&number)?.devices.len(), 1, "the same device");
    sim.finish().await?;
    Ok(())
}

#[tokio::test]
async fn a_deleted_account_leaves_nothing_behind() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let (installation, server, account, number) = online(&sim).await?;
    let path = format!("/whatsapp/accounts/{account}");
    let (status, _) = server.api.call(Method::DELETE, &path, None).await?;
    assert_eq!(status, StatusCode::NO_CONTENT);
    assert!(sim.state(&number)?.devices.is_empty(), "the phone no longer lists the device");
    for (method, path) in [(Method::GET, path.clone()), (Method::DELETE, path.clone())] {
        assert_eq!(server.api.call(method, &path, None).await?.0, StatusCode::NOT_FOUND);
    }
    server.stop().await?;
    let (product, vault) =
        (installation.database.inspect_product().await, installation.database.inspect_vault().await);
    for table in ["accounts", "pictures", "pairing_links"] {
        assert_eq!(product.count(table).await, 0, "{table}");
    }
    for table in ["vault_leases", "vault_rows"] {
        assert_eq!(vault.count(table).await, 0, "{table}");
    }
    assert_eq!(product.count("events").await, 1, "that it was deleted");
    assert_eq!(vault.count("data_keys").await, 1, "the installation's");
    let server = installation.start().await?;
    assert_eq!(server.api.call(Method::GET, &path, None).await?.0, StatusCode::NOT_FOUND);
    sim.finish().await?;
    Ok(())
}

#[tokio::test]
async fn concurrent_connect_requests_for_one_account_share_one_pairing() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let number = sim.phone("Ann")?;
    let installation = Installation::new(&sim).await?;
    let server = installation.start().await?;
    let account = server.api.connect("Front desk").await?;
    let asked = futures_util::future::join_all((0..8).map(|_| server.api.connect_again(&account))).await;
    for answer in asked {
        assert_eq!(answer?.0, StatusCode::OK);
    }
    server.scan(&sim, &number, &account).await?;
    assert_eq!((sim.state(&number)?.devices.len(), sim.connections()), (1, 1));
    sim.finish().await?;
    Ok(())
}

/// Sends concurrent requests while the connection breaks. The last request must apply, and only one connection may
/// be left.
#[tokio::test]
async fn concurrent_pauses_and_resumes_leave_one_connection() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let (_installation, server, account, number) = online(&sim).await?;
    for round in 0..10 {
        sim.fault(&number, whatsim::FaultKind::DropConnection, 1)?;
        let wishes = ["pause", "resume", "pause", "resume"].map(|wish| server.api.tell(&account, wish));
        for answer in futures_util::future::join_all(wishes).await {
            let (status, body) = answer?;
            assert!(status == StatusCode::OK || status == StatusCode::SERVICE_UNAVAILABLE, "{round}: {body}");
        }
        server.api.tell(&account, "resume").await?;
        server.api.reaches(&account, "online").await?;
    }
    until("one connection", async || (sim.connections() == 1).then_some(())).await?;
    server.api.disconnect(&account).await?;
    until("no connection", async || (sim.connections() == 0).then_some(())).await?;
    sim.finish().await?;
    Ok(())
}

#[tokio::test]
async fn a_deletion_during_a_pairing_leaves_no_connection() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let number = sim.phone("Ann")?;
    let installation = Installation::new(&sim).await?;
    let server = installation.start().await?;
    for _ in 0..5 {
        let account = server.api.connect("Front desk").await?;
        let qr = server.api.qr_text(&account).await?;
        let path = format!("/whatsapp/accounts/{account}");
        let (_cut_off, deleted) =
            tokio::join!(sim.scan(&number, &qr), server.api.call(Method::DELETE, &path, None));
        assert_eq!(deleted?.0, StatusCode::NO_CONTENT);
    }
    until("no connection", async || (sim.connections() == 0).then_some(())).await?;
    let account = server.api.connect("Front desk").await?;
    server.scan(&sim, &number, &account).await?;
    sim.finish().await?;
    Ok(())
}

#[tokio::test]
async fn account_settings_survive_a_restart() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let (installation, server, account, _number) = online(&sim).await?;
    let wish = json!({
        "displayName": "Back office", "dailyLimit": 5, "tags": ["north", "shop"], "metadata": { "crm.id": "77" },
        "device": { "name": "Shop PC", "icon": "desktop" },
    });
    let changed = server.api.change(&account, wish).await?;
    server.kill().await?;
    let server = installation.start().await?;
    let kept = server.api.account(&account).await?;
    for field in ["displayName", "dailyLimit", "tags", "metadata", "device"] {
        assert_eq!(kept[field], changed[field], "{field}");
    }
    assert_eq!((&kept["displayName"], &kept["tags"]), (&"Back office".into(), &json!(["north", "shop"])));
    sim.finish().await?;
    Ok(())
}

/// Whether the account waited for a server process (`waiting_for_node`) before it came online. Returns `None` if the
/// account is not online yet. Fails if a change of status does not begin where the previous change ended.
fn waited_for_a_process(events: &[Value], account: &str) -> Option<bool> {
    let told =
        events.iter().filter(|event| event["accountId"] == account && event["type"] == "account.status");
    let (mut before, mut waited) = (None, false);
    for event in told {
        let from = &event["data"]["from"]["reason"];
        assert!(before.is_none_or(|before| before == from), "{before:?} is followed by a change from {from}");
        before = Some(&event["data"]["to"]["reason"]);
        waited |= event["data"]["to"]["reason"] == "waiting_for_node";
    }
    (before == Some(&"online".into())).then_some(waited)
}

/// The server is stopped while some accounts wait for their turn to connect and others are connecting.
#[tokio::test]
async fn a_server_stopped_while_accounts_reconnect_shuts_down_cleanly() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let mut installation = Installation::new(&sim).await?;
    installation.set("WHATSAPP_CONNECT_AT_ONCE", 1);
    let server = installation.start().await?;
    let mut accounts = Vec::new();
    for name in ["Ann", "Ben", "Cem"] {
        accounts.push(server.link(&sim, &sim.phone(name)?).await?);
    }
    server.kill().await?;
    for _ in 0..3 {
        let server = installation.start().await?;
        assert_eq!(server.stop().await?, Some(0), "an orderly end");
    }
    let server = installation.start().await?;
    for account in &accounts {
        server.api.reaches(account, "online").await?;
    }
    for account in &accounts {
        // The API shows a new status a moment before the event about it is in the log.
        let waited = until("the story to its end", async || {
            let events = server.api.events().await.ok()?;
            waited_for_a_process(&events, account)
        });
        assert!(waited.await?, "it waited for a process to take it up");
    }
    sim.finish().await?;
    Ok(())
}
