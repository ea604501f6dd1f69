//! `kill -9` at random moments, again and again, while messages arrive. The account always reconnects, and later
//! messages to it can be decrypted.

use std::time::Duration;

use rand::RngExt as _;

use super::installation::Installation;
use super::seed::random;
use crate::deadline::until_after;
use crate::sim::Sim;

/// The number of kills. Each kill interrupts writes to the vault.
const KILLS: u32 = 40;

/// The maximum time from a start to the kill: long enough to log in and receive many messages.
const LONGEST_LIFE: Duration = Duration::from_millis(700);

/// The maximum number of texts between two kills. It is high, so that the server writes to the vault all the time.
/// But it is not higher, so that the server can soon read all texts that are left at the end.
const TEXTS: u32 = 60;

/// The number of links that a kill interrupts.
const CUT_LINKS: u32 = 12;

/// The number of complete links. The test kills the server right after each of them.
const CONFIRMED_LINKS: u32 = 6;

/// The maximum time from the scan to the kill. A link takes about half of it.
const LONGEST_LINK: Duration = Duration::from_millis(300);

#[tokio::test]
async fn an_account_is_usable_after_the_server_was_killed_at_any_moment_of_linking() -> anyhow::Result<()> {
    let mut random = random();
    let sim = Sim::start().await?;
    let installation = Installation::new(&sim).await?;
    let mut came_back = 0;
    for _ in 0..CUT_LINKS {
        let number = sim.phone("Ann")?;
        let server = installation.start().await?;
        let account = server.api.connect("Front desk").await?;
        let qr = server.api.qr_text(&account).await?;
        let linked = async {
            sim.scan(&number, &qr).await?;
            server.api.reaches(&account, "online").await
        };
        let moment = LONGEST_LINK.mul_f64(random.random::<f64>());
        // The kill must come at a random moment, so the test waits for a time and not for an event.
        let _whatever_it_came_to = tokio::time::timeout(moment, linked).await;
        server.kill().await?;

        let server = installation.start().await?;
        let body = server.api.reaches_one_of(&account, &["online", "not_linked"]).await?;
        if body["status"]["reason"] == "online" {
            came_back += 1;
        } else {
            server.api.connect_again(&account).await?;
            server.scan(&sim, &number, &account).await?;
        }
        server.api.disconnect(&account).await?;
        server.kill().await?;
    }
    eprintln!("{CUT_LINKS} links cut: {came_back} came back by themselves, the others were linked again");
    sim.finish().await?;
    Ok(())
}

/// When the scan returns, the phone counts the device as linked. The test kills the server right after that.
#[tokio::test]
async fn a_link_that_the_phone_confirmed_survives_if_the_server_is_killed_at_once() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let friend = sim.phone("Bob")?;
    let installation = Installation::new(&sim).await?;
    let mut linked: Vec<(String, String)> = Vec::new();
    for _ in 0..CONFIRMED_LINKS {
        let number = sim.phone("Ann")?;
        let server = installation.start().await?;
        for (account, _) in &linked {
            server.api.reaches(account, "online").await?;
        }
        let account = server.api.connect("Front desk").await?;
        let qr = server.api.qr_text(&account).await?;
        // While the phone scans the code, the accounts that are already linked receive messages.
        let texting = async {
            for (_, number) in linked.iter().cycle() {
                sim.send(&friend, number, "hello").await?;
            }
            std::future::pending::<anyhow::Result<()>>().await
        };
        tokio::select! {
            failed = texting => failed?,
            scanned = sim.scan(&number, &qr) => scanned?,
        }
        server.kill().await?;
        let server = installation.start().await?;
        server.api.reaches_one_of(&account, &["online", "not_linked", "logged_out"]).await?;
        assert_eq!(server.api.account(&account).await?["status"]["reason"], "online");
        server.kill().await?;
        linked.push((account, number));
    }
    sim.finish().await?;
    Ok(())
}

#[tokio::test]
async fn the_server_recovers_if_it_is_killed_after_any_write() -> anyhow::Result<()> {
    let mut random = random();
    let sim = Sim::start().await?;
    let number = sim.phone("Ann")?;
    let friends = [sim.phone("Bob")?, sim.phone("Cid")?, sim.phone("Dee")?];
    let installation = Installation::new(&sim).await?;
    let server = installation.start().await?;
    let account = server.link(&sim, &number).await?;
    server.kill().await?;

    for round in 0..KILLS {
        let server = installation.start().await?;
        let friend = &friends[random.random_range(0..friends.len())];
        let life = LONGEST_LIFE.mul_f64(random.random::<f64>());
        let texting = async {
            for message in 0..TEXTS {
                sim.send(friend, &number, &format!("{round}/{message}")).await?;
            }
            std::future::pending::<anyhow::Result<()>>().await
        };
        // The kill must come at a random moment, so the test waits for a time and not for an event.
        if let Ok(failed) = tokio::time::timeout(life, texting).await {
            failed?;
        }
        server.kill().await?;
    }

    let server = installation.start().await?;
    // Thousands of texts wait for the account, so the login takes longer than usual.
    until_after(Duration::from_secs(120), "an account that is online", async || {
        (server.api.account(&account).await.ok()?["status"]["reason"] == "online").then_some(())
    })
    .await?;
    sim.drained(&number).await?;
    assert_eq!(sim.state(&number)?.devices.len(), 1, "never a second device");
    let before = sim.retries(&number)?;
    eprintln!("{KILLS} kills; messages that had to be sent again: {before}");
    for friend in &friends {
        sim.send(friend, &number, "after all that").await?;
    }
    sim.drained(&number).await?;
    assert_eq!(sim.retries(&number)?, before, "what was sent afterwards decrypts at once");
    assert_eq!(server.api.account(&account).await?["connectionStatus"], "Connected");
    sim.finish().await?;
    Ok(())
}
