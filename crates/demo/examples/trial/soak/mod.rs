//! `make soak`: half an hour of random trouble for many accounts: API calls, faults of the simulator, kills and
//! rotations of the master key. When it pauses, each account must be as a model expects. At the end, the event log
//! must explain each change of a status. If not, the exit code is 1. `SOAK_MINUTES`, `SOAK_ACCOUNTS`, `SOAK_KILLS`
//! (a minute) and `SOAK_SEED` set duration, size and random sequence; `SOAK_LOG` names a file for the server's log.
//! Memory is checked only without kills.

mod api;
mod hostile;
mod person;
mod post;
mod story;
mod timeline;
mod trouble;

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use tempfile::TempDir;

use self::story::{Figures, Story};
use super::report::{say, variable};
use super::server::Setup;

/// How often the master key is rotated.
const ROTATE_EVERY: Duration = Duration::from_secs(90);

/// The number of minutes between two pauses of the trouble. A pause lasts until all is well.
const CALM_EVERY: u64 = 2;

pub async fn run() -> anyhow::Result<()> {
    let minutes: u64 = variable("SOAK_MINUTES", 30)?;
    let accounts: usize = variable("SOAK_ACCOUNTS", 60)?;
    let kills: f64 = variable("SOAK_KILLS", 3.0)?;
    let seed: u64 = variable("SOAK_SEED", rand::random())?;
    say(&format!("seed {seed}, {accounts} accounts, {minutes} minutes, {kills} kills a minute"));
    let soaked = soak(minutes, accounts, kills, seed).await;
    soaked.with_context(|| format!("SOAK_SEED={seed} SOAK_ACCOUNTS={accounts} SOAK_KILLS={kills}"))
}

async fn soak(minutes: u64, accounts: usize, kills: f64, seed: u64) -> anyhow::Result<()> {
    let mut rng = StdRng::seed_from_u64(seed);
    let simulator = whatsim::Server::builder().start().await?;
    let folder = TempDir::new()?;
    let mut setup = Setup::new(folder.path(), &simulator.ws_url())?;
    setup.set("WHATSAPP_PROBE_INTERVAL", "20");
    // The trouble sets the pace, so the server must not limit it.
    setup.set("WHATSAPP_MESSAGE_RATE_LIMIT", "0");
    if let Ok(log) = std::env::var("SOAK_LOG") {
        setup.log_to(log.into());
    }
    setup.create_owner()?;
    let story_rng = StdRng::seed_from_u64(rng.random());
    let mut story = Story::begin(&setup, simulator, accounts, story_rng).await?;
    say(&format!("{} operations of the API", story.api().operations()));
    say(
        "| minute | connected | resident MB | threads | files | handshakes at once | troubles | calls | kills | rotations |",
    );
    say("|---|---|---|---|---|---|---|---|---|---|");
    let mut first = None;
    let (mut rotate_at, mut kill_at) = (Instant::now() + ROTATE_EVERY, next_kill(&mut rng, kills));
    for minute in 1..=minutes {
        let ends = Instant::now() + Duration::from_secs(60);
        while Instant::now() < ends {
            let kill = kill_at.is_some_and(|at| Instant::now() >= at);
            story.go_on(kill).await?;
            if kill {
                kill_at = next_kill(&mut rng, kills);
            }
            if Instant::now() >= rotate_at {
                story.rotate().await?;
                rotate_at = Instant::now() + ROTATE_EVERY;
            }
        }
        let figures = story.figures().await?;
        say(&format!("| {minute} | {figures} |"));
        // In the first minutes, caches and the allocator still grow.
        if minute == (minutes / 6).max(1) {
            first = Some(figures);
        }
        if minute % CALM_EVERY == 0 {
            let began = Instant::now();
            story.calm_down().await?;
            say(&format!("all is well after {:?} of calm", began.elapsed()));
        }
    }
    story.calm_down().await?;
    let mut told: Vec<_> = story.api().told.iter().collect();
    told.sort();
    say(&format!("answers by status: {told:?}"));
    let total: u64 = told.iter().map(|(_, count)| **count).sum();
    let good: u64 = told.iter().filter(|(status, _)| **status < 300).map(|(_, count)| **count).sum();
    say(&format!("{} of 100 calls did something", good * 100 / total.max(1)));
    let never = story.api().never_good();
    say(&format!("{} operations that never did: {never:?}", never.len()));
    let (accepted, arrived) = story.messages();
    say(&format!("{accepted} messages accepted, {arrived} of friends in the log"));
    story.clear_api().await?;
    let last = story.figures().await?;
    say(&format!("| end | {last} |"));
    let explained = timeline::check(story.server()?).await?;
    say(&format!("{explained} status changes, each one beginning where the last one ended"));
    story.end().await?;
    if kills == 0.0 { is_flat(&first.context("at least a minute")?, &last) } else { Ok(()) }
}

fn next_kill(rng: &mut StdRng, a_minute: f64) -> Option<Instant> {
    (a_minute > 0.0).then(|| Instant::now() + Duration::from_secs_f64(120.0 / a_minute * rng.random::<f64>()))
}

/// Checks that nothing leaked between two moments of one process.
fn is_flat(first: &Figures, last: &Figures) -> anyhow::Result<()> {
    // Each connection to WhatsApp is an open file, and at the end more accounts are connected than during the
    // trouble.
    let (files, at_first) = (last.files_besides_connections(), first.files_besides_connections());
    ensure!(files <= at_first + 20, "open files besides the connections grew from {at_first} to {files}");
    ensure!(last.threads <= first.threads + 8, "threads grew from {} to {}", first.threads, last.threads);
    let grown = last.resident - first.resident;
    say(&format!("memory grew by {grown:.1} MB"));
    ensure!(grown < first.resident * 0.25, "memory is not flat");
    Ok(())
}
