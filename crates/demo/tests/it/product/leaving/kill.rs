//! `kill -9` during a disconnect or a deletion. After the restart, the server finishes the accepted requests. A phone
//! lists a device only if an account is linked to it. Every account can be linked again.

use std::time::Duration;

use futures_util::future::join_all;
use rand::RngExt as _;
use reqwest::StatusCode;

use super::{delete, lists_nothing};
use crate::deadline::until;
use crate::product::installation::Installation;
use crate::product::seed::random;
use crate::sim::Sim;

/// The number of accounts that are disconnected or deleted at the same time.
const ACCOUNTS: usize = 8;

/// How often all accounts are disconnected or deleted.
const ROUNDS: usize = 6;

/// The maximum time from the requests to the kill. A disconnect or a deletion takes about half of it.
const LONGEST: Duration = Duration::from_millis(150);

#[tokio::test]
async fn accounts_can_be_linked_again_if_the_server_was_killed_during_disconnect() -> anyhow::Result<()> {
    let mut random = random();
    let sim = Sim::start().await?;
    let installation = Installation::new(&sim).await?;
    let mut server = installation.start().await?;
    let mut linked = Vec::new();
    for _ in 0..ACCOUNTS {
        let number = sim.phone("Ann")?;
        linked.push((server.link(&sim, &number).await?, number));
    }
    for _ in 0..ROUNDS {
        let leaving = join_all(linked.iter().map(|(account, _)| server.api.disconnect(account)));
        // The kill must come at a random moment, so the test waits for a time and not for an event.
        let moment = LONGEST.mul_f64(random.random::<f64>());
        let _whatever_it_came_to = tokio::time::timeout(moment, leaving).await;
        server.kill().await?;

        server = installation.start().await?;
        for (account, number) in &linked {
            let settled = server.api.reaches_one_of(account, &["online", "user_disconnected"]).await?;
            if settled["status"]["reason"] == "online" {
                assert_eq!(sim.state(number)?.devices.len(), 1, "the wish was not accepted");
                continue;
            }
            lists_nothing(&sim, number).await?;
            let (status, body) = server.api.connect_again(account).await?;
            assert_eq!((status, &body["status"]["reason"]), (StatusCode::OK, &"pairing".into()), "{body}");
            server.scan(&sim, number, account).await?;
        }
    }
    sim.finish().await?;
    Ok(())
}

#[tokio::test]
async fn a_kill_during_the_deletion_of_accounts_leaves_no_data_of_deleted_accounts() -> anyhow::Result<()> {
    let mut random = random();
    let sim = Sim::start().await?;
    let installation = Installation::new(&sim).await?;
    let mut server = installation.start().await?;
    for _ in 0..3 {
        let mut linked = Vec::new();
        for _ in 0..ACCOUNTS {
            let number = sim.phone("Ann")?;
            linked.push((server.link(&sim, &number).await?, number));
        }
        let leaving = join_all(linked.iter().map(|(account, _)| delete(&server.api, account)));
        let moment = LONGEST.mul_f64(random.random::<f64>());
        let _whatever_it_came_to = tokio::time::timeout(moment, leaving).await;
        server.kill().await?;

        server = installation.start().await?;
        for (account, number) in &linked {
            match server.api.account(account).await {
                Ok(_) => {
                    server.api.reaches(account, "online").await?;
                    assert!(delete(&server.api, account).await?.is_success());
                }
                Err(_) => lists_nothing(&sim, number).await?,
            }
        }
        for (_, number) in &linked {
            lists_nothing(&sim, number).await?;
        }
        let (product, vault) =
            (installation.database.inspect_product().await, installation.database.inspect_vault().await);
        until("nothing that is left", async || {
            let left = product.count("accounts").await
                + product.count("pending_logouts").await
                + vault.count("vault_leases").await
                + vault.count("vault_rows").await;
            (left == 0 && vault.count("data_keys").await == 1).then_some(())
        })
        .await?;
    }
    sim.finish().await?;
    Ok(())
}

/// The test scans a code, then disconnects or pauses the account at once, and kills the server right after that.
#[tokio::test]
async fn a_pairing_abandoned_just_before_the_server_is_killed_leaves_no_device() -> anyhow::Result<()> {
    let mut random = random();
    let sim = Sim::start().await?;
    let installation = Installation::new(&sim).await?;
    let mut server = installation.start().await?;
    let number = sim.phone("Ann")?;
    let account = server.api.connect("Front desk").await?;
    for round in 0..16 {
        let qr = server.api.qr_text(&account).await?;
        let given_up = async {
            sim.scan(&number, &qr).await?;
            match round % 2 {
                0 => server.api.disconnect(&account).await,
                _ => server.api.tell(&account, "pause").await,
            }
        };
        let moment = LONGEST.mul_f64(random.random::<f64>());
        let _whatever_it_came_to = tokio::time::timeout(moment, given_up).await;
        server.kill().await?;

        server = installation.start().await?;
        let settled = ["online", "paused", "user_disconnected", "not_linked", "logged_out", "device_removed"];
        let settled = server.api.reaches_one_of(&account, &settled).await?;
        let reason = settled["status"]["reason"].as_str().unwrap_or_default();
        if !["online", "paused"].contains(&reason) {
            lists_nothing(&sim, &number).await?;
        }
        server.api.disconnect(&account).await?;
        server.api.reaches(&account, "user_disconnected").await?;
        lists_nothing(&sim, &number).await?;
        server.api.connect_again(&account).await?;
    }
    Ok(())
}
