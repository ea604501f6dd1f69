//! Messages: how fast they are logged, accepted and sent, and what they cost in memory, CPU and disk. Measured on
//! SQLite, and also on PostgreSQL if `LINEKEEPER_TEST_POSTGRES` names a server.

use std::time::{Duration, Instant};

use anyhow::ensure;
use linekeeper_storage::testing::{Databases, TestDatabase};
use serde_json::json;
use tempfile::TempDir;
use tokio::task::JoinSet;

use super::{Linked, Work, drained, hurried, late, linked, people, row, write};
use crate::server::{Server, Setup};

/// The number of chats of each account.
const PEOPLE: usize = 20;
/// The number of programs that send at the same time.
const SENDERS: usize = 16;
const INBOUND: usize = 10_000;
const OUTBOUND: usize = 5_000;
/// Messages that one program sends, each after the answer to the one before.
const ONE_BY_ONE: usize = 500;
const ACCOUNTS: usize = 50;
/// The memory is measured with this many accounts, before and after this many messages.
const MANY_ACCOUNTS: usize = 200;
const MANY_MESSAGES: usize = 100_000;

pub async fn run() -> anyhow::Result<()> {
    on("SQLite", None).await?;
    if std::env::var_os("LINEKEEPER_TEST_POSTGRES").is_some() {
        on("PostgreSQL", Some(Databases::postgres().await)).await?;
    }
    Ok(())
}

async fn on(database: &str, server: Option<TestDatabase>) -> anyhow::Result<()> {
    let simulator = whatsim::Server::builder().start().await?;
    let folder = TempDir::new()?;
    let setup = hurried(folder.path(), &simulator, server.as_ref())?;
    let is_here = server.is_none();
    let server = setup.start().await?;
    let people = people(&simulator, PEOPLE)?;
    let mut accounts = linked(&server, &simulator, 1).await?;
    // One message in each chat creates the Signal sessions.
    write(&simulator, &people, &accounts, PEOPLE).await?;
    drained(&simulator, &accounts).await?;

    let before = setup.disk()?;
    inbound(&server, &simulator, &people, &accounts, INBOUND, &format!("{database}, 1 account")).await?;
    if is_here {
        let bytes = (setup.disk()? - before) / INBOUND as u64;
        row(
            &format!("{database}: disk for each inbound message, its event included"),
            &format!("{bytes} bytes"),
        );
    }
    let what = format!("{database}, 1 account");
    outbound(&server, &people, &accounts, (1, ONE_BY_ONE), &what).await?;
    outbound(&server, &people, &accounts, (SENDERS, OUTBOUND), &what).await?;

    accounts.extend(linked(&server, &simulator, ACCOUNTS - 1).await?);
    write(&simulator, &people, &accounts, PEOPLE * ACCOUNTS).await?;
    drained(&simulator, &accounts).await?;
    let what = format!("{database}, {ACCOUNTS} accounts");
    inbound(&server, &simulator, &people, &accounts, 2 * INBOUND, &what).await?;
    outbound(&server, &people, &accounts, (SENDERS, OUTBOUND), &what).await?;
    away(server, &setup, &simulator, &people, accounts, database).await?;
    simulator.shutdown().await;
    Ok(())
}

/// Measures how fast messages reach the log while the phones, in this process, write as fast as they can.
async fn inbound(
    server: &Server,
    simulator: &whatsim::Server,
    people: &[String],
    accounts: &[Linked],
    count: usize,
    what: &str,
) -> anyhow::Result<()> {
    let work = Work::of(server)?;
    write(simulator, people, accounts, count).await?;
    let written = work.began.elapsed();
    drained(simulator, accounts).await?;
    let figures = work.told(server, count)?;
    row(
        &format!("{what}: {count} inbound messages into the log"),
        &format!("{figures}; the phones wrote for {:.1} s", written.as_secs_f64()),
    );
    Ok(())
}

/// Measures how fast the API accepts messages, and then how long WhatsApp takes to answer all of them.
async fn outbound(
    server: &Server,
    people: &[String],
    accounts: &[Linked],
    (senders, count): (usize, usize),
    what: &str,
) -> anyhow::Result<()> {
    let work = Work::of(server)?;
    let client = reqwest::Client::builder().no_proxy().build()?;
    let mut sending = JoinSet::new();
    for sender in 0..senders {
        let (client, key) = (client.clone(), server.key().to_owned());
        let bodies: Vec<(String, String)> = (sender..count)
            .step_by(senders)
            .map(|number| {
                let account = &accounts[number % accounts.len()].account;
                let to = format!("+{}", people[number / accounts.len() % people.len()]);
                (
                    format!(
                        "http://{}/api/v1/whatsapp/accounts/{account}/messages",
                        server.address().expect("it listens")
                    ),
                    to,
                )
            })
            .collect();
        sending.spawn(async move {
            let mut times = Vec::with_capacity(bodies.len());
            for (url, to) in bodies {
                let body =
                    json!({ "to": to, "type": "text", "text": { "body": "your parcel is on its way" } });
                let asked = Instant::now();
                let answer = client.post(url).bearer_auth(&key).json(&body).send().await?;
                ensure!(answer.status() == 202, "{}", answer.text().await?);
                answer.bytes().await?;
                times.push(asked.elapsed());
            }
            anyhow::Ok(times)
        });
    }
    let mut times = Vec::new();
    while let Some(ended) = sending.join_next().await {
        times.extend(ended??);
    }
    let accepted = work.began.elapsed();
    for one in accounts {
        loop {
            let queue = server.get(&format!("/whatsapp/accounts/{}/queue", one.account)).await?;
            if queue["waiting"] == 0 {
                break;
            }
            // Each request makes the server count the waiting messages, so ask rarely.
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
    let rate = count as f64 / accepted.as_secs_f64();
    row(
        &format!("{what}: {count} messages accepted, {senders} at one time"),
        &format!("{rate:.0} a second; {}", late(times)),
    );
    row(&format!("{what}: the same until WhatsApp has answered all"), &work.told(server, count)?);
    Ok(())
}

/// Measures the memory with many accounts and messages. Then it stops the server while phones write, and measures
/// how fast the restarted server catches up.
async fn away(
    server: Server,
    setup: &Setup,
    simulator: &whatsim::Server,
    people: &[String],
    mut accounts: Vec<Linked>,
    database: &str,
) -> anyhow::Result<()> {
    accounts.extend(linked(&server, simulator, MANY_ACCOUNTS - accounts.len()).await?);
    server.settled().await;
    let before = server.resident()?;
    write(simulator, people, &accounts, MANY_MESSAGES).await?;
    drained(simulator, &accounts).await?;
    server.settled().await;
    let after = server.resident()?;
    row(
        &format!(
            "{database}: memory, {MANY_ACCOUNTS} accounts, before and after {MANY_MESSAGES} inbound messages"
        ),
        &format!("{before:.1} MB, {after:.1} MB"),
    );
    server.kill().await?;
    write(simulator, people, &accounts, 2 * INBOUND).await?;
    let started = Instant::now();
    let server = setup.start().await?;
    drained(simulator, &accounts).await?;
    let rate = (2 * INBOUND) as f64 / started.elapsed().as_secs_f64();
    row(
        &format!("{database}: {} messages that waited at WhatsApp, from start of the process", 2 * INBOUND),
        &format!("{rate:.0} a second"),
    );
    server.kill().await
}
