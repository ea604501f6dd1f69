//! `make soak`: many accounts, and random trouble for half an hour. At the end every account that can be connected is,
//! none is stuck, memory is flat, nothing leaked, and the event log explains every change. Ends with 1 where not.
//! `SOAK_MINUTES`, `SOAK_ACCOUNTS` and `SOAK_SEED` choose another length, size and story.

#[expect(dead_code, reason = "the bench uses what this does not")]
#[path = "../bench/server.rs"]
mod server;
mod story;
mod timeline;
mod trouble;

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use story::Story;
use tempfile::TempDir;

/// How long the last ones may take to come back: the longest wait of the schedule, the quiet probe, and some.
const SETTLE_WITHIN: Duration = Duration::from_secs(180);

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let minutes: u64 = variable("SOAK_MINUTES", 30)?;
    let accounts: usize = variable("SOAK_ACCOUNTS", 300)?;
    let seed: u64 = variable("SOAK_SEED", rand::random())?;
    say(&format!("seed {seed}, {accounts} accounts, {minutes} minutes"));

    linekeeper::whatsapp::install_crypto_provider();
    let simulator = whatsim::Server::builder().start().await?;
    let folder = TempDir::new()?;
    let mut setup = server::Setup::new(folder.path(), &simulator.ws_url())?;
    setup.set("WHATSAPP_PROBE_INTERVAL", "20");
    setup.create_owner()?;
    let server = setup.start().await?;
    let mut story = Story::begin(server, simulator, accounts, StdRng::seed_from_u64(seed)).await?;
    say("| minute | connected | resident MB | threads | files | handshakes at once | troubles |");
    say("|---|---|---|---|---|---|---|");
    let began = Instant::now();
    let mut first = None;
    for minute in 1..=minutes {
        while began.elapsed() < Duration::from_secs(60 * minute) {
            story.go_on().await?;
        }
        let figures = story.figures().await?;
        say(&format!("| {minute} | {figures} |"));
        // The first minutes warm caches and allocator up.
        if minute == (minutes / 6).max(1) {
            first = Some(figures);
        }
    }
    let stuck = story.calm_down(SETTLE_WITHIN).await?;
    let last = story.figures().await?;
    say(&format!("| end | {last} |"));
    let explained = timeline::check(story.server(), accounts).await?;
    say(&format!("{explained} status changes, each one beginning where the last one ended"));
    story.end().await?;
    ensure!(stuck.is_empty(), "not connected in the end: {stuck:#?}");
    let first = first.context("at least a minute")?;
    // Each connection is one, and at the end there are more of them than in the middle of the trouble.
    let (files, at_first) = (last.files_besides_connections(), first.files_besides_connections());
    ensure!(files <= at_first + 20, "open files besides the connections grew from {at_first} to {files}");
    ensure!(last.threads <= first.threads + 8, "threads grew from {} to {}", first.threads, last.threads);
    let grown = last.resident / first.resident - 1.0;
    say(&format!("memory grew by {:.1} % from minute {} on", grown * 100.0, (minutes / 6).max(1)));
    ensure!(grown < 0.25, "memory is not flat");
    Ok(())
}

fn variable<T: std::str::FromStr>(name: &str, default: T) -> anyhow::Result<T>
where
    T::Err: std::error::Error + Send + Sync + 'static,
{
    match std::env::var(name) {
        Ok(text) => text.parse().with_context(|| name.to_owned()),
        Err(_) => Ok(default),
    }
}

fn say(line: &str) {
    #[expect(clippy::print_stdout, reason = "the report is what this program is for")]
    {
        println!("{line}");
    }
}

/// Fails with what was awaited.
async fn within<T>(what: &str, future: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::time::timeout(Duration::from_secs(120), future)
        .await
        .with_context(|| format!("no {what} in time"))?
}
