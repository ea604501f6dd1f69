//! `trial flood`: one client opens 2,000 sockets without a request and 2,000 long polls, all at once. Prints how
//! long `/healthz` and the request of another client take meanwhile. `FLOOD_SOCKETS` and `FLOOD_SECONDS` choose
//! another size and duration.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use anyhow::{Context as _, anyhow, ensure};
use serde_json::json;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinSet;

use super::report::{percentiles, say, variable};
use super::server::Setup;

/// The client that opens all the connections, and the two clients that are measured.
const GREEDY: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);
const PROBE: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 3);
const OTHER: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 4);

/// The pause between two requests of a measured client.
const PACE: Duration = Duration::from_millis(20);

pub async fn run() -> anyhow::Result<()> {
    let sockets: usize = variable("FLOOD_SOCKETS", 2_000)?;
    let seconds: u64 = variable("FLOOD_SECONDS", 15)?;
    let simulator = whatsim::Server::builder().start().await?;
    let folder = TempDir::new()?;
    let setup = Setup::new(folder.path(), &simulator.ws_url())?;
    setup.create_owner()?;
    let server = setup.start().await?;
    let (address, key) = (server.address()?, server.key().to_owned());
    // The other client needs a separate credential: one credential may have an eighth of the connections, from all
    // clients together.
    let body = json!({ "name": "another client", "scopes": ["whatsapp:read"] });
    let (status, made) = server.call("post", "/api/v1/api-keys", &[], Some(&body)).await?;
    ensure!(status == 201, "{status}: {made}");
    let others_key = made["key"].as_str().context("a key")?.to_owned();
    say("| what | requests | refused | middle | 99th of 100 | slowest |");
    say("|---|---|---|---|---|---|");
    measured("quiet", address, &others_key, Duration::from_secs(3), || ()).await?;
    let mut flood = JoinSet::new();
    measured("under the flood", address, &others_key, Duration::from_secs(seconds), || {
        for number in 0..2 * sockets {
            let polls = number % 2 == 1;
            flood.spawn(one_of_the_flood(address, polls.then(|| key.clone())));
        }
    })
    .await?;
    flood.abort_all();
    let mut told = std::collections::BTreeMap::<String, usize>::new();
    while let Some(ended) = flood.join_next().await {
        *told.entry(ended.unwrap_or_else(|_| "stayed".to_owned())).or_default() += 1;
    }
    say(&format!("what became of the flood: {told:?}"));
    server.kill().await?;
    simulator.shutdown().await;
    Ok(())
}

/// Calls `begin` and measures, until the time is over, the probe and a short API request. Each of the two comes
/// from its own address.
async fn measured(
    what: &str,
    address: SocketAddr,
    key: &str,
    lasts: Duration,
    begin: impl FnOnce(),
) -> anyhow::Result<()> {
    let until = Instant::now() + lasts;
    let key = key.to_owned();
    // The measuring clients run on a separate runtime, so that the tasks of the flood do not delay them.
    let measuring = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let probing = asking(PROBE, address, "/healthz", None, until);
            let other = asking(OTHER, address, "/api/v1/auth/me", Some(&key), until);
            tokio::try_join!(probing, other)
        })
    });
    begin();
    let measured = tokio::task::spawn_blocking(move || measuring.join()).await?;
    let (probes, others) = measured.map_err(|_| anyhow!("measuring panicked"))??;
    row(&format!("`/healthz`, {what}"), probes);
    row(&format!("another client, {what}"), others);
    Ok(())
}

/// Returns how long each answer took, and how many requests were refused.
async fn asking(
    from: Ipv4Addr,
    address: SocketAddr,
    path: &str,
    key: Option<&str>,
    until: Instant,
) -> anyhow::Result<(Vec<Duration>, usize)> {
    let (mut times, mut refused) = (Vec::new(), 0);
    while Instant::now() < until {
        let began = Instant::now();
        let mut connection = connect(from, address).await?;
        ask(&mut connection, path, key, "close").await?;
        let mut answer = String::new();
        connection.read_to_string(&mut answer).await?;
        times.push(began.elapsed());
        refused += usize::from(!answer.starts_with("HTTP/1.1 200 "));
        tokio::time::sleep(PACE).await;
    }
    ensure!(!times.is_empty(), "nothing was measured");
    Ok((times, refused))
}

/// Holds one connection until the end and returns the answer to its request.
async fn one_of_the_flood(address: SocketAddr, key: Option<String>) -> String {
    let held = async {
        let mut connection = connect(GREEDY, address).await?;
        let is_idle = key.is_none();
        if let Some(key) = key {
            ask(&mut connection, "/api/v1/events?wait=60", Some(&key), "keep-alive").await?;
        }
        let mut begin = [0; 12];
        connection.read_exact(&mut begin).await?;
        let status = String::from_utf8_lossy(&begin).into_owned();
        ensure!(!is_idle, "{status} unasked");
        // The client keeps the connection even if the server refused the request.
        connection.read_to_end(&mut Vec::new()).await?;
        anyhow::Ok(status)
    };
    held.await.unwrap_or_else(|error| format!("ended: {error:#}"))
}

async fn connect(from: Ipv4Addr, address: SocketAddr) -> anyhow::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(SocketAddr::new(IpAddr::V4(from), 0))?;
    socket.connect(address).await.context("no connection")
}

async fn ask(connection: &mut TcpStream, path: &str, key: Option<&str>, then: &str) -> anyhow::Result<()> {
    let key = key.map(|key| format!("x-api-key: {key}\r\n")).unwrap_or_default();
    let head = format!("GET {path} HTTP/1.1\r\nhost: x\r\n{key}connection: {then}\r\n\r\n");
    Ok(connection.write_all(head.as_bytes()).await?)
}

fn row(what: &str, (times, refused): (Vec<Duration>, usize)) {
    let count = times.len();
    let [middle, late, last] = percentiles(times);
    say(&format!("| {what} | {count} | {refused} | {middle:.0} ms | {late:.0} ms | {last:.0} ms |"));
}
