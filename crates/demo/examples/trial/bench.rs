//! `make bench`: the figures that the product promises, measured against whatsim in this process and a
//! server of its own, both from the same build. Prints a table; asserts nothing.

use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::report::say;
use super::server::{Server, Setup};

/// Linked accounts at which memory is read.
const SIZES: [usize; 4] = [1, 50, 200, 500];

/// Restarts of which the middle one counts.
const RUNS: usize = 3;

pub async fn run() -> anyhow::Result<()> {
    let simulator = whatsim::Server::builder().start().await?;
    let folder = TempDir::new()?;
    let setup = Setup::new(folder.path(), &simulator.ws_url())?;
    setup.create_owner()?;

    row("what", "measured");
    row("---", "---");
    row("size of the program", &format!("{:.1} MB", setup.program_size()? as f64 / 1e6));
    let mut starts = Vec::new();
    for _ in 0..RUNS {
        let started = Instant::now();
        let server = setup.start().await?;
        starts.push(started.elapsed());
        server.kill().await?;
    }
    row("start to first answer", &millis(middle(starts)));

    let mut server = setup.start().await?;
    server.settled().await;
    row("memory, no account", &server.memory()?);
    let mut linked = 0;
    let mut links = Vec::new();
    for size in SIZES {
        while linked < size {
            links.push(link(&server, &simulator, linked).await?);
            linked += 1;
        }
        server.settled().await;
        row(&format!("memory, {size} linked, right after linking"), &server.memory()?);
        if size == 1 {
            row("scan to Connected, first", &millis(links[0]));
        }
        let mut returns = Vec::new();
        simulator.reset_peaks();
        for _ in 0..RUNS {
            server.kill().await?;
            let started = Instant::now();
            server = setup.start().await?;
            server.all_connected(size).await?;
            returns.push(started.elapsed());
        }
        row(&format!("{size} back after kill -9, from start of the process"), &spread(returns));
        row("handshakes at one time, at most", &simulator.state().peak_handshakes.to_string());
        server.settled().await;
        row(&format!("memory, {size} linked, after a restart"), &server.memory()?);
    }
    row(&format!("scan to Connected, {} links", links.len()), &spread(links));
    row("data on disk", &format!("{:.1} MB", setup.disk()? as f64 / 1e6));
    server.kill().await?;
    simulator.shutdown().await;
    Ok(())
}

/// Links one more phone and answers the time from its scan to `Connected` over the API.
async fn link(server: &Server, simulator: &whatsim::Server, number: usize) -> anyhow::Result<Duration> {
    let phone = simulator.phones().create(whatsim::NewPhone::default())?;
    let account = server.connect(&format!("Account {number}")).await?;
    let qr = server.qr_code(&account).await?;
    let scanned = Instant::now();
    simulator.phones().scan(&phone.number, &qr).await?;
    server.connected(&account).await?;
    Ok(scanned.elapsed())
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
