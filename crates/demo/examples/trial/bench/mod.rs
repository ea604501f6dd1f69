//! `make bench`: the figures that the product promises, measured against whatsim in this process and a separate
//! server process. Both are from the same build. It prints a table and asserts nothing. `trial bench messages`
//! measures one part alone.

mod accounts;
mod live;
mod messages;
pub mod receiver;
mod webhooks;

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use linekeeper_storage::Database;
use linekeeper_storage::testing::TestDatabase;
use serde_json::json;

use super::report::{self, say, within};
use super::server::{Server, Setup};

pub async fn run(part: Option<&str>) -> anyhow::Result<()> {
    row("what", "measured");
    row("---", "---");
    match part {
        None => {
            accounts::run().await?;
            messages::run().await?;
            webhooks::run().await?;
            live::run().await
        }
        Some("accounts") => accounts::run().await,
        Some("messages") => messages::run().await,
        Some("webhooks") => webhooks::run().await,
        Some("live") => live::run().await,
        Some(other) => bail!("no part {other}: say accounts, messages, webhooks or live"),
    }
}

/// A linked account and its phone.
pub struct Linked {
    pub account: String,
    pub number: String,
    /// From the scan until the API says `Connected`.
    after: Duration,
}

/// Links one more phone.
async fn link(server: &Server, simulator: &whatsim::Server, number: usize) -> anyhow::Result<Linked> {
    let phone = simulator.phones().create(whatsim::NewPhone::default())?;
    let account = server.connect(&format!("Account {number}")).await?;
    let qr = server.qr_code(&account).await?;
    let scanned = Instant::now();
    simulator.phones().scan(&phone.number, &qr).await?;
    server.connected(&account).await?;
    Ok(Linked { account, number: phone.number, after: scanned.elapsed() })
}

/// Links accounts whose daily limit is too high to matter.
pub async fn linked(
    server: &Server,
    simulator: &whatsim::Server,
    count: usize,
) -> anyhow::Result<Vec<Linked>> {
    let mut all = Vec::with_capacity(count);
    for number in 0..count {
        let one = link(server, simulator, number).await?;
        let path = format!("/api/v1/whatsapp/accounts/{}", one.account);
        let (status, answer) =
            server.call("patch", &path, &[], Some(&json!({ "dailyLimit": 100_000 }))).await?;
        anyhow::ensure!(status == 200, "{status}: {answer}");
        all.push(one);
    }
    Ok(all)
}

/// Creates phones for people who write to the accounts.
pub fn people(simulator: &whatsim::Server, count: usize) -> anyhow::Result<Vec<String>> {
    let phone = |_| Ok(simulator.phones().create(whatsim::NewPhone::default())?.number);
    (0..count).map(phone).collect()
}

/// The setup of a server that makes no pause between messages and allows many connections.
fn hurried(
    folder: &Path,
    simulator: &whatsim::Server,
    database: Option<&TestDatabase>,
) -> anyhow::Result<Setup> {
    let mut setup = Setup::new(folder, &simulator.ws_url())?;
    setup.set("WHATSAPP_MESSAGE_RATE_LIMIT", "0");
    setup.set("WEBHOOK_ALLOW_NETWORKS", "127.0.0.1");
    setup.set("LINEKEEPER_MAX_SOCKETS", "16384");
    if let Some(Database::Postgres { url }) = database.map(|database| database.options("bench").database) {
        setup.use_postgres(url.expose())?;
    }
    setup.create_owner()?;
    Ok(setup)
}

/// Sends texts from every person to the accounts in turn. All people write at the same time, as fast as their
/// phones can.
async fn write(
    simulator: &whatsim::Server,
    people: &[String],
    accounts: &[Linked],
    count: usize,
) -> anyhow::Result<()> {
    let mut writing = tokio::task::JoinSet::new();
    for (at, person) in people.iter().enumerate() {
        let (phones, person) = (simulator.phones(), person.clone());
        let mine: Vec<String> = (at..count)
            .step_by(people.len())
            .map(|number| accounts[number / people.len() % accounts.len()].number.clone())
            .collect();
        writing.spawn(async move {
            for (number, to) in mine.iter().enumerate() {
                phones.send_text(&person, to, &format!("message {number} of {person}")).await?;
            }
            anyhow::Ok(())
        });
    }
    while let Some(written) = writing.join_next().await {
        written??;
    }
    Ok(())
}

/// Waits until the devices of these accounts have acknowledged everything. A device acknowledges a message when it
/// is on disk.
pub async fn drained(simulator: &whatsim::Server, accounts: &[Linked]) -> anyhow::Result<()> {
    for one in accounts {
        within("acknowledgement of all messages", async {
            while simulator.phones().get(&one.number)?.devices.iter().any(|device| device.pending > 0) {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            Ok(())
        })
        .await?;
    }
    Ok(())
}

/// The CPU time that a server has used since a given moment.
struct Work {
    began: Instant,
    ticks: u64,
}

impl Work {
    fn of(server: &Server) -> anyhow::Result<Self> {
        Ok(Self { began: Instant::now(), ticks: ticks(server)? })
    }

    /// The rate and the CPU time for `count` things that were done since that moment.
    fn told(&self, server: &Server, count: usize) -> anyhow::Result<String> {
        let seconds = self.began.elapsed().as_secs_f64();
        // On Linux, the kernel counts CPU time in hundredths of a second.
        let milliseconds = (ticks(server)? - self.ticks) as f64 * 10.0;
        let count = count as f64;
        Ok(format!("{:.0} a second, {:.2} ms of CPU each", count / seconds, milliseconds / count))
    }
}

fn ticks(server: &Server) -> anyhow::Result<u64> {
    let stat = std::fs::read_to_string(server.proc("stat")?)?;
    let (_, fields) = stat.rsplit_once(')').context("a name in brackets")?;
    let mut fields = fields.split_whitespace().skip(11);
    let mut next = || anyhow::Ok(fields.next().context("a time")?.parse::<u64>()?);
    Ok(next()? + next()?)
}

/// The percentiles of how long answers took.
fn late(times: Vec<Duration>) -> String {
    let [middle, late, last] = report::percentiles(times);
    format!("p50 {middle:.1} ms, p99 {late:.1} ms, slowest {last:.1} ms")
}

fn row(what: &str, figure: &str) {
    say(&format!("| {what} | {figure} |"));
}

fn middle(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn millis(time: Duration) -> String {
    format!("{:.0} ms", time.as_secs_f64() * 1e3)
}

fn spread(mut times: Vec<Duration>) -> String {
    times.sort();
    let [first, .., last] = times.as_slice() else {
        return times.first().copied().map(millis).unwrap_or_default();
    };
    format!("{} ({} to {})", millis(times[times.len() / 2]), millis(*first), millis(*last))
}
