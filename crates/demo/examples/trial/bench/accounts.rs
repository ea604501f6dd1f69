//! Accounts: the size of the program, the memory for different numbers of linked accounts, and the duration of
//! links and restarts.

use std::time::Instant;

use tempfile::TempDir;

use super::{link, middle, millis, row, spread};
use crate::server::Setup;

/// The numbers of linked accounts at which the memory is measured.
const SIZES: [usize; 4] = [1, 50, 200, 500];

/// The number of restarts. The table shows the median.
const RUNS: usize = 3;

pub async fn run() -> anyhow::Result<()> {
    let simulator = whatsim::Server::builder().start().await?;
    let folder = TempDir::new()?;
    let setup = Setup::new(folder.path(), &simulator.ws_url())?;
    setup.create_owner()?;

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
            links.push(link(&server, &simulator, linked).await?.after);
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
