//! `linekeeper healthcheck`: asks the server on this machine whether it is ready. The command is for containers,
//! which have no curl.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, ensure};

use super::{Console, Options};
use crate::whatsapp;

/// How long to wait for the answer. This is longer than `/readyz` itself waits for the database.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

pub(super) async fn run(options: &Options, console: &mut Console) -> anyhow::Result<ExitCode> {
    whatsapp::install_crypto_provider();
    let address = reachable(options.load()?.server.listen);
    let client = reqwest::Client::builder().no_proxy().timeout(ANSWER_WITHIN).build()?;
    let asked = client.get(format!("http://{address}/readyz")).send().await;
    let answer = asked.with_context(|| format!("nobody answers at {address}"))?;
    ensure!(answer.status().is_success(), "not ready: {}", answer.text().await?);
    console.say("ready")?;
    Ok(ExitCode::SUCCESS)
}

/// The address at which to reach the server. If the server listens on all addresses, this is the loopback address.
const fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}
