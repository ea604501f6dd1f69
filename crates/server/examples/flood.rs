//! One client that wants everything: idle sockets and long polls by the thousand, against a server that runs. Beside it
//! `/healthz` is asked, and another client asks for its events. Prints how long both take, before and meanwhile.
//!
//! `cargo run -p linekeeper --example flood -- 127.0.0.1:8080 KEY_OF_THE_FLOOD KEY_OF_THE_OTHER [SOCKETS] [POLLS]`

#![expect(clippy::print_stdout, reason = "it reports to the person who runs it")]

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

/// Longer than any answer but a long poll's.
const PATIENCE: Duration = Duration::from_secs(10);
const BEFORE: Duration = Duration::from_secs(2);
const AFTER: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(5);

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let text =
        |index: usize| arguments.get(index).context("usage: flood ADDRESS KEY OTHER_KEY [SOCKETS] [POLLS]");
    let server: SocketAddr = text(0)?.parse()?;
    let (key, other) = (text(1)?.clone(), text(2)?.clone());
    let number = |index: usize| arguments.get(index).map_or(Ok(2_000), |text| text.parse::<usize>());
    let (sockets, polls) = (number(3)?, number(4)?);
    linekeeper::open_files::raise();

    let watchers = [
        ("healthz, same address", "127.0.0.1:0", "/healthz", None),
        ("healthz, another address", "127.0.0.2:0", "/healthz", None),
        ("another client, same address", "127.0.0.1:0", "/api/v1/events", Some(other.clone())),
        ("another client, another address", "127.0.0.2:0", "/api/v1/events", Some(other)),
    ];
    for flooded in [false, true] {
        let stop = CancellationToken::new();
        let mut watching = JoinSet::new();
        for (name, from, path, key) in watchers.clone() {
            let stop = stop.clone();
            watching.spawn(async move { (name, watch(server, from, path, key, stop).await) });
        }
        let mut held = Vec::new();
        if flooded {
            let began = Instant::now();
            held = flood(server, sockets, polls, &key).await;
            println!("{sockets} sockets and {polls} long polls were opened in {:?}", began.elapsed());
        }
        sleep(if flooded { AFTER } else { BEFORE }).await;
        if flooded {
            told(held);
        }
        stop.cancel();
        println!("{}", if flooded { "meanwhile:" } else { "before:" });
        let mut seen: Vec<_> = watching.join_all().await;
        seen.sort_by_key(|(name, _)| *name);
        for (name, seen) in seen {
            println!("  {name:<32} {seen}");
        }
    }
    Ok(())
}

/// What a watcher saw.
#[derive(Default)]
struct Seen {
    took: Vec<Duration>,
    refused: BTreeMap<String, usize>,
}

impl std::fmt::Display for Seen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut took = self.took.clone();
        took.sort();
        let at =
            |part: f64| took.get(((took.len() as f64 - 1.0) * part) as usize).copied().unwrap_or_default();
        let [median, high, most] = [0.5, 0.99, 1.0].map(at);
        write!(f, "{:>5} answers, median {median:.1?}, 99 % {high:.1?}, maximum {most:.1?}", took.len())?;
        if self.refused.is_empty() { Ok(()) } else { write!(f, "; not 200: {:?}", self.refused) }
    }
}

async fn watch(
    server: SocketAddr,
    from: &str,
    path: &str,
    key: Option<String>,
    stop: CancellationToken,
) -> Seen {
    let mut seen = Seen::default();
    while !stop.is_cancelled() {
        let began = Instant::now();
        match timeout(PATIENCE, get(server, from, path, key.as_deref())).await {
            Ok(Ok(status)) if status == "200" => seen.took.push(began.elapsed()),
            Ok(Ok(status)) => *seen.refused.entry(status).or_default() += 1,
            Ok(Err(error)) => *seen.refused.entry(error.to_string()).or_default() += 1,
            Err(_) => *seen.refused.entry("no answer".to_owned()).or_default() += 1,
        }
        sleep(PAUSE).await;
    }
    seen
}

async fn connect(server: SocketAddr, from: &str) -> anyhow::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(from.parse()?)?;
    Ok(socket.connect(server).await?)
}

async fn ask(connection: &mut TcpStream, path: &str, key: Option<&str>, then: &str) -> anyhow::Result<()> {
    let key = key.map(|key| format!("x-api-key: {key}\r\n")).unwrap_or_default();
    let head = format!("GET {path} HTTP/1.1\r\nhost: x\r\n{key}connection: {then}\r\n\r\n");
    Ok(connection.write_all(head.as_bytes()).await?)
}

async fn status(connection: &mut TcpStream) -> anyhow::Result<String> {
    let mut head = [0; 12];
    connection.read_exact(&mut head).await?;
    Ok(String::from_utf8_lossy(&head[9..]).into_owned())
}

/// A connection of its own for each request, as a probe has.
async fn get(server: SocketAddr, from: &str, path: &str, key: Option<&str>) -> anyhow::Result<String> {
    let mut connection = connect(server, from).await?;
    ask(&mut connection, path, key, "close").await?;
    status(&mut connection).await
}

/// Opens all of them from one address, as fast as it goes.
async fn flood(server: SocketAddr, sockets: usize, polls: usize, key: &str) -> Vec<(bool, TcpStream)> {
    const AT_ONCE: usize = 100;
    let mut opening = JoinSet::new();
    let mut held = Vec::new();
    for index in 0..sockets + polls {
        let key = (index >= sockets).then(|| key.to_owned());
        opening.spawn(async move {
            let mut connection = connect(server, "127.0.0.1:0").await?;
            if let Some(key) = &key {
                ask(&mut connection, "/api/v1/events?wait=60", Some(key), "keep-alive").await?;
            }
            anyhow::Ok((key.is_some(), connection))
        });
        if opening.len() >= AT_ONCE {
            held.extend(opening.join_next().await.and_then(Result::ok).and_then(Result::ok));
        }
    }
    held.extend(opening.join_all().await.into_iter().flatten());
    held
}

/// What became of the flood's own connections.
fn told(held: Vec<(bool, TcpStream)>) {
    let mut ends: BTreeMap<&str, usize> = BTreeMap::new();
    for (is_poll, connection) in held {
        let mut head = [0; 12];
        let end = match (is_poll, connection.try_read(&mut head)) {
            (true, Ok(12)) if head.ends_with(b"429") => "long polls refused with 429",
            (true, Ok(12)) => "long polls answered otherwise",
            (true, Err(error)) if error.kind() == std::io::ErrorKind::WouldBlock => "long polls that wait",
            (true, _) => "long polls closed",
            (false, Err(error)) if error.kind() == std::io::ErrorKind::WouldBlock => "sockets still open",
            (false, _) => "sockets closed",
        };
        *ends.entry(end).or_default() += 1;
    }
    println!("  {ends:?}");
}
