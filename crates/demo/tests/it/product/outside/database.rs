//! PostgreSQL is unreachable for a while and returns.

use std::time::Duration;

use anyhow::Context as _;
use linekeeper_storage::testing::Databases;
use linekeeper_testbed::{Fsync, Program};
use reqwest::Method;
use serde_json::json;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};
use tokio::time::Instant;
use whatsim::{FaultKind, ReceiptKind};

use super::history;
use super::readiness::{is_ready, refused, storage_is_missed};
use crate::deadline::{until, within};
use crate::product::installation::Installation;
use crate::sim::Sim;

const GONE_FOR: Duration = Duration::from_secs(20);

#[tokio::test]
async fn the_server_survives_a_database_outage_of_20_seconds() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let mut cluster = cluster().await?;
    let installation = installation(&cluster, &sim).await?;
    let (ann, bob, friend) = (sim.phone("Ann")?, sim.phone("Bob")?, sim.phone("Cid")?);
    let server = installation.start().await?;
    let dropped = server.link(&sim, &ann).await?;
    let kept = server.link(&sim, &bob).await?;
    sim.send(&friend, &bob, "before").await?;
    received(&server.api, &kept, 1).await?;
    let acknowledged = server.api.events().await?;

    cluster.kill().await?;
    let gone = Instant::now();
    sim.fault(&ann, FaultKind::DropConnection, 1)?;
    sim.send(&friend, &bob, "meanwhile").await?;
    storage_is_missed(&server).await?;
    let pause = format!("/whatsapp/accounts/{kept}/pause");
    tokio::try_join!(
        refused(&server, Method::GET, "/whatsapp/accounts"),
        refused(&server, Method::GET, "/events"),
        refused(&server, Method::POST, &pause),
    )?;
    // The test needs an outage of this length, so it waits for a time and not for an event.
    tokio::time::sleep_until(gone + GONE_FOR).await;
    come_back(&mut cluster).await?;

    is_ready(&server).await?;
    for account in [&dropped, &kept] {
        let back = server.api.reaches(account, "online").await?;
        assert_eq!(back["isActive"], true, "the pause that was refused changed nothing");
    }
    sim.send(&friend, &bob, "after").await?;
    received(&server.api, &kept, 3).await?;
    for number in [&ann, &bob] {
        sim.drained(number).await?;
        assert_eq!(sim.retries(number)?, 0, "every message decrypts");
        assert_eq!(sim.state(number)?.devices.len(), 1);
    }
    server.api.tell(&kept, "pause").await?;
    server.api.reaches(&kept, "paused").await?;

    // Within seconds after the outage, the server writes all changes that happened meanwhile to the event log, in
    // order.
    let before = history::unbroken(&acknowledged, &dropped)?.len();
    until("the story of the lost connection", async || {
        let events = server.api.events().await.ok()?;
        assert!(events.starts_with(&acknowledged), "what was in the log is still there");
        let changes = history::unbroken(&events, &dropped).ok()?;
        let reasons = history::reasons(&changes);
        matches!(reasons[before..], ["network_lost" | "server_closed", .., "online"]).then_some(())
    })
    .await?;
    history::unbroken(&server.api.events().await?, &kept)?;
    drop(server);
    sim.finish().await?;
    Ok(())
}

/// After a start, a server has no Signal keys in memory. When a message arrives, the server reads the keys from the
/// database. If the database cannot be read, the message waits.
#[tokio::test]
async fn an_inbound_message_waits_while_its_signal_keys_cannot_be_read() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let mut cluster = cluster().await?;
    let installation = installation(&cluster, &sim).await?;
    let (ann, friend, stranger) = (sim.phone("Ann")?, sim.phone("Bob")?, sim.phone("Cid")?);
    let server = installation.start().await?;
    let account = server.link(&sim, &ann).await?;
    sim.send(&friend, &ann, "before").await?;
    received(&server.api, &account, 1).await?;
    server.kill().await?;
    let server = installation.start().await?;
    server.api.reaches(&account, "online").await?;

    cluster.kill().await?;
    for text in ["one", "two"] {
        sim.send(&friend, &ann, text).await?;
        sim.send(&stranger, &ann, text).await?;
    }
    storage_is_missed(&server).await?;
    come_back(&mut cluster).await?;

    is_ready(&server).await?;
    sim.drained(&ann).await?;
    let texts = until("all messages", async || {
        let told = server.api.events().await.ok()?;
        let of_type = |kind: &str| told.iter().filter(|event| event["type"] == kind).count();
        assert_eq!(of_type("message.undecryptable"), 0, "{told:#?}");
        (of_type("message.received") >= 5).then(|| of_type("message.received"))
    })
    .await?;
    assert_eq!((texts, sim.retries(&ann)?), (5, 0), "each once, and every message decrypts");
    drop(server);
    sim.finish().await?;
    Ok(())
}

/// WhatsApp sends a receipt only once. So the server keeps a receipt in memory while it cannot write to the
/// database.
#[tokio::test]
async fn a_receipt_that_arrives_during_an_outage_is_stored_afterwards() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let mut cluster = cluster().await?;
    let installation = installation(&cluster, &sim).await?;
    let (ann, bob) = (sim.phone("Ann")?, sim.phone("Bob")?);
    sim.phones().confirm_deliveries(&bob, false)?;
    let server = installation.start().await?;
    let account = server.link(&sim, &ann).await?;
    let messages = format!("/whatsapp/accounts/{account}/messages");
    let body = json!({ "to": format!("+{bob}"), "type": "text", "text": { "body": "did you read this?" } });
    let (status, sent) = server.api.call(Method::POST, &messages, Some(body)).await?;
    assert_eq!(status, 202, "{sent}");
    let message = format!("{messages}/{}", sent["id"].as_str().context("an id")?);
    let reaches = async |wanted: &str| {
        until(format!("status {wanted}"), async || {
            let (_, message) = server.api.call(Method::GET, &message, None).await.ok()?;
            (message["status"] == wanted).then_some(())
        })
        .await
    };
    reaches("sent").await?;

    cluster.kill().await?;
    storage_is_missed(&server).await?;
    let ids = vec![sent["waMessageId"].as_str().context("an id at WhatsApp")?.to_owned()];
    sim.phones().send_receipt(&bob, &ann, ids, ReceiptKind::Read)?;
    sim.drained(&ann).await?;
    come_back(&mut cluster).await?;

    is_ready(&server).await?;
    reaches("read").await?;
    drop(server);
    sim.finish().await?;
    Ok(())
}

/// After a power failure, the services of a machine may start in any order. So a server may start before its
/// database.
#[tokio::test]
async fn a_server_started_before_its_database_waits_for_it() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let mut cluster = cluster().await?;
    let installation = installation(&cluster, &sim).await?;
    cluster.kill().await?;
    let mut process = installation.command(&["serve"]).spawn()?;
    let log = process.stderr.take().context("piped")?;
    within("the reason in the log", line_with(log, "Connection refused")).await??;
    come_back(&mut cluster).await?;
    let out = process.stdout.take().context("piped")?;
    within("listening server", line_with(out, "listens on http://")).await??;
    Ok(())
}

async fn line_with(output: impl AsyncRead + Unpin, text: &str) -> anyhow::Result<()> {
    let mut lines = BufReader::new(output).lines();
    while let Some(line) = lines.next_line().await? {
        if line.contains(text) {
            return Ok(());
        }
    }
    anyhow::bail!("it ended without {text}")
}

/// A PostgreSQL server that accepts connections. Tests may kill it and start it again.
async fn cluster() -> anyhow::Result<Program> {
    let cluster = Program::postgres(Fsync::Off).await?;
    takes_sql(&cluster).await?;
    Ok(cluster)
}

async fn come_back(cluster: &mut Program) -> anyhow::Result<()> {
    cluster.start()?;
    takes_sql(cluster).await
}

async fn takes_sql(cluster: &Program) -> anyhow::Result<()> {
    until("PostgreSQL", async || cluster.takes_sql().await.ok()?.then_some(())).await
}

/// A new installation whose database is on the PostgreSQL server `cluster`.
async fn installation(cluster: &Program, sim: &Sim) -> anyhow::Result<Installation> {
    let database = Databases::sqlite();
    let environment = vec![
        ("DATABASE_URL", cluster.postgres_url()),
        ("ENCRYPTION_KEY_FILE", database.data_dir().join("master.key").display().to_string()),
    ];
    Installation::within(database, environment, sim).await
}

async fn received(api: &crate::product::api::Api, account: &str, messages: u64) -> anyhow::Result<()> {
    until(format!("{messages} messages"), async || {
        let body = api.account(account).await.ok()?;
        (body["messagesReceivedToday"] == messages).then_some(())
    })
    .await
}
