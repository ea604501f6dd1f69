//! The process ends, by SIGTERM or by `kill -9`, and everything is restored after the restart.

use std::time::Instant;

use linekeeper_storage::testing::{Databases, TestDatabase};

use reqwest::{Method, StatusCode};
use serde_json::Value;

use super::installation::{Installation, online};
use crate::sim::Sim;

#[tokio::test]
async fn an_account_is_online_after_a_kill_without_a_new_qr_code() -> anyhow::Result<()> {
    comes_back_online(Databases::sqlite()).await
}

#[tokio::test]
async fn an_account_on_postgresql_is_online_after_a_kill_without_a_new_qr_code() -> anyhow::Result<()> {
    comes_back_online(Databases::postgres().await).await
}

#[expect(clippy::print_stderr, reason = "a test speaks to whoever runs it")]
async fn comes_back_online(database: TestDatabase) -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let (number, friend) = (sim.phone("Ann")?, sim.phone("Bob")?);
    let installation = Installation::on(database, &sim).await?;
    let server = installation.start().await?;
    let account = server.link(&sim, &number).await?;
    server.kill().await?;

    sim.send(&friend, &number, "while it was away").await?;
    let started = Instant::now();
    let server = installation.start().await?;
    server.api.reaches(&account, "online").await?;
    eprintln!("from start to Connected after kill -9: {:?}", started.elapsed());
    sim.drained(&number).await?;
    assert_eq!(sim.state(&number)?.devices.len(), 1, "the same device");
    assert_eq!(sim.retries(&number)?, 0);
    sim.finish().await?;
    Ok(())
}

#[tokio::test]
async fn an_account_can_be_linked_after_the_server_was_killed_during_pairing() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let number = sim.phone("Ann")?;
    let installation = Installation::new(&sim).await?;
    let server = installation.start().await?;
    let account = server.api.connect("Front desk").await?;
    server.api.qr_text(&account).await?;
    server.kill().await?;

    let server = installation.start().await?;
    assert_eq!(server.api.reaches(&account, "not_linked").await?["connectionStatus"], "Disconnected");
    server.api.connect_again(&account).await?;
    server.scan(&sim, &number, &account).await?;
    sim.finish().await?;
    Ok(())
}

/// The server accepts requests before its accounts run. The first requests must still find their account. Without
/// special code for this, about half of the first requests would find no account.
#[tokio::test]
async fn an_account_can_be_used_by_the_first_request_after_a_restart() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let (installation, server, account, number) = online(&sim).await?;
    server.kill().await?;
    for _ in 0..12 {
        let server = installation.start().await?;
        let (paused, body) = server.api.tell(&account, "pause").await?;
        assert_eq!((paused, &body["status"]["reason"]), (StatusCode::OK, &"paused".into()), "{body}");
        let created = server.api.connect("Second").await?;
        server.api.qr_text(&created).await?;
        let path = format!("/whatsapp/accounts/{created}");
        assert_eq!(server.api.call(Method::DELETE, &path, None).await?.0, StatusCode::NO_CONTENT);
        server.kill().await?;
    }
    let server = installation.start().await?;
    server.api.tell(&account, "resume").await?;
    server.api.reaches(&account, "online").await?;
    assert_eq!(sim.state(&number)?.devices.len(), 1);
    sim.finish().await?;
    Ok(())
}

#[tokio::test]
async fn a_server_that_receives_sigterm_exits_with_code_zero() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let number = sim.phone("Ann")?;
    let installation = Installation::new(&sim).await?;
    let server = installation.start().await?;
    let account = server.link(&sim, &number).await?;
    assert_eq!(server.stop().await?, Some(0));

    let server = installation.start().await?;
    server.api.reaches(&account, "online").await?;
    sim.finish().await?;
    Ok(())
}

#[tokio::test]
async fn a_second_server_on_the_same_data_directory_is_refused() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let installation = Installation::new(&sim).await?;
    let server = installation.start().await?;
    let second = installation.command_line(&["serve"], "").await?;
    let said = String::from_utf8(second.stderr)?;
    assert!(!second.status.success());
    assert!(said.contains(&format!("process {} already serves", server.id())), "{said}");
    Ok(())
}

#[tokio::test]
async fn a_server_stops_serving_an_account_that_another_server_took() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let number = sim.phone("Ann")?;
    let first = Installation::on(Databases::postgres().await, &sim).await?;
    let server = first.start().await?;
    let account = server.link(&sim, &number).await?;

    let elsewhere = tempfile::tempdir()?;
    let second = first.start_in(elsewhere.path()).await?;
    second.api.reaches(&account, "online").await?;
    // The first server does not take the account back from the second server. It does not overwrite the account's
    // row, which the second server wrote.
    server.api.reaches(&account, "waiting_for_node").await?;
    server.stop().await?;
    assert_eq!(second.api.account(&account).await?["connectionStatus"], "Connected");
    let events = second.api.events().await?;
    let of_status = |event: &&Value| event["type"] == "account.status";
    let reasons: Vec<_> =
        events.iter().filter(of_status).map(|event| &event["data"]["to"]["reason"]).collect();
    assert!(reasons.iter().any(|reason| *reason == "online"), "{events:?}");
    assert!(reasons.iter().all(|reason| *reason != "replaced"), "{events:?}");
    assert_eq!(sim.retries(&number)?, 0);
    sim.finish().await?;
    Ok(())
}
