//! Trials of the product against whatsim in this process and a separate server process of the same build. `bench`
//! measures. `soak` makes random trouble. `storm` kills everything while messages flow. `flood` is one client that
//! opens thousands of connections.

mod bench;
mod flood;
mod report;
mod server;
mod soak;
mod socket_io;
mod storm;

use anyhow::bail;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    linekeeper::whatsapp::install_crypto_provider();
    match std::env::args().nth(1).as_deref() {
        Some("bench") => bench::run(std::env::args().nth(2).as_deref()).await,
        Some("soak") => soak::run().await,
        Some("storm") => storm::run().await,
        Some("flood") => flood::run().await,
        _ => bail!("say which: bench, soak, storm or flood"),
    }
}
