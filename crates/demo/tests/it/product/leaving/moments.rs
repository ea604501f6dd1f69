//! Requests in the moments after a scan, when the phone has agreed and the account is not online yet.

use reqwest::StatusCode;

use super::{delete, lists_nothing};
use crate::product::installation::Installation;
use crate::sim::Sim;

/// How often each request is tried, each time after another delay.
const ROUNDS: usize = 4;

#[tokio::test]
async fn a_disconnect_right_after_a_scan_leaves_no_device() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let installation = Installation::new(&sim).await?;
    let server = installation.start().await?;
    let number = sim.phone("Ann")?;
    let account = server.api.connect("Front desk").await?;
    for _ in 0..ROUNDS {
        sim.scan(&number, &server.api.qr_text(&account).await?).await?;
        let (status, left) = server.api.disconnect(&account).await?;
        assert_eq!(status, StatusCode::OK, "{left}");
        if left["status"]["reason"] == "user_disconnected" {
            assert!(sim.state(&number)?.devices.is_empty(), "the answer is true");
        }
        server.api.reaches(&account, "user_disconnected").await?;
        lists_nothing(&sim, &number).await?;
        server.api.connect_again(&account).await?;
    }
    server.scan(&sim, &number, &account).await?;
    Ok(())
}

#[tokio::test]
async fn a_disconnect_during_linking_leaves_no_device() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let installation = Installation::new(&sim).await?;
    let server = installation.start().await?;
    let number = sim.phone("Ann")?;
    let account = server.api.connect("Front desk").await?;
    for _ in 0..ROUNDS {
        sim.scan(&number, &server.api.qr_text(&account).await?).await?;
        server.api.reaches_one_of(&account, &["linking", "online"]).await?;
        let (_, left) = server.api.disconnect(&account).await?;
        if left["status"]["reason"] == "user_disconnected" {
            assert!(sim.state(&number)?.devices.is_empty(), "the answer is true");
        }
        server.api.reaches(&account, "user_disconnected").await?;
        lists_nothing(&sim, &number).await?;
        server.api.connect_again(&account).await?;
    }
    server.scan(&sim, &number, &account).await?;
    Ok(())
}

#[tokio::test]
async fn a_deletion_right_after_a_scan_leaves_no_device() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let installation = Installation::new(&sim).await?;
    let server = installation.start().await?;
    let number = sim.phone("Ann")?;
    for _ in 0..ROUNDS {
        let account = server.api.connect("Front desk").await?;
        sim.scan(&number, &server.api.qr_text(&account).await?).await?;
        if delete(&server.api, &account).await? == StatusCode::NO_CONTENT {
            assert!(sim.state(&number)?.devices.is_empty(), "the answer is true");
        }
        lists_nothing(&sim, &number).await?;
    }
    server.link(&sim, &number).await?;
    Ok(())
}

/// If the phone has already agreed to the link, a pause keeps the session. If the pause comes earlier, the server
/// logs the session out. The account's status says which of the two happened.
#[tokio::test]
async fn after_a_scan_and_a_pause_the_status_says_whether_the_session_was_kept() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let installation = Installation::new(&sim).await?;
    let server = installation.start().await?;
    let number = sim.phone("Ann")?;
    let account = server.api.connect("Front desk").await?;
    for _ in 0..ROUNDS {
        sim.scan(&number, &server.api.qr_text(&account).await?).await?;
        let (status, paused) = server.api.tell(&account, "pause").await?;
        assert_eq!(status, StatusCode::OK, "{paused}");
        let settled = server.api.reaches_one_of(&account, &["paused", "not_linked"]).await?;
        if settled["status"]["reason"] == "paused" {
            assert_eq!(sim.state(&number)?.devices.len(), 1, "the session is kept");
            server.api.tell(&account, "resume").await?;
            server.api.reaches(&account, "online").await?;
            server.api.disconnect(&account).await?;
        }
        lists_nothing(&sim, &number).await?;
        server.api.connect_again(&account).await?;
    }
    server.scan(&sim, &number, &account).await?;
    Ok(())
}
