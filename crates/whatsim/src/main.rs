//! `whatsim serve`: parses the command line, starts the server, and waits for a signal.

#![forbid(unsafe_code)]

use anyhow::Context as _;
use clap::{Args, Parser, Subcommand};
use std::io::Write as _;
use std::net::SocketAddr;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

/// A simulated WhatsApp, server and phones, that speaks the real protocol.
#[derive(Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the simulator until it is interrupted.
    Serve(Serve),
}

#[derive(Args)]
struct Serve {
    /// Where to listen.
    #[arg(long, default_value = "127.0.0.1:7100", env = "WHATSIM_LISTEN")]
    listen: SocketAddr,
    /// The address of the media server, which uses TLS. The default is a free port on the address of `--listen`.
    #[arg(long, env = "WHATSIM_MEDIA_LISTEN")]
    media_listen: Option<SocketAddr>,
    /// Allow the server to listen on an address that other machines can reach. The admin API has no sign-in.
    #[arg(long)]
    allow_remote: bool,
    /// The seed of the Noise keys. The same seed gives the same keys, so clients that return after a restart
    /// accept the server.
    #[arg(long, default_value = "whatsim", env = "WHATSIM_NOISE_SEED")]
    noise_seed: String,
    /// What to log, as a tracing filter. `whatsim=trace` shows every stanza.
    #[arg(long, default_value = "warn", env = "WHATSIM_LOG")]
    log: String,
}

fn main() -> anyhow::Result<()> {
    let Cli { command: Command::Serve(serve) } = Cli::parse();
    let filter = EnvFilter::try_new(&serve.log).context("--log is no tracing filter")?;
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(run(serve))
}

async fn run(serve: Serve) -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut server = whatsim::Server::builder()
        .listen(serve.listen)
        .allow_remote(serve.allow_remote)
        .noise_seed(serve.noise_seed);
    if let Some(addr) = serve.media_listen {
        server = server.media_listen(addr);
    }
    let server = server.start().await?;
    let (http, ws, root) = (server.http_url(), server.ws_url(), hex::encode(server.noise_root()));
    writeln!(std::io::stdout(), "whatsim listening on {http}, WhatsApp endpoint {ws}, noise root {root}")?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted?,
        _ = terminate.recv() => {}
    }
    server.shutdown().await;
    Ok(())
}
