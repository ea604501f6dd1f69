//! Runs `linekeeper listen` as a process. In one test, its server stops and starts again.

use std::process::Stdio;

use linekeeper::delivery::webhooks::{read_secret, signature};
use linekeeper::http::{router, serve};
use linekeeper_model::secret::Secret;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader, Lines};
use tokio::net::TcpListener;
use tokio::process::{Child, ChildStderr, ChildStdout, Command};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::world::{PATIENCE, World};
use crate::webhooks::receiver::{Act, Receiver};

struct Listening {
    out: Lines<BufReader<ChildStdout>>,
    err: Lines<BufReader<ChildStderr>>,
    process: Child,
}

fn listen(server: &str, key: &str, more: &[&str]) -> Listening {
    let mut process = Command::new(env!("CARGO_BIN_EXE_linekeeper"))
        .env_clear()
        .env("LINEKEEPER_API_KEY", key)
        .args(["listen", "--server", server])
        .args(more)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let out = BufReader::new(process.stdout.take().unwrap()).lines();
    Listening { out, err: BufReader::new(process.stderr.take().unwrap()).lines(), process }
}

async fn line<R: AsyncRead + Unpin>(lines: &mut Lines<BufReader<R>>) -> String {
    timeout(PATIENCE, lines.next_line()).await.expect("it says something").unwrap().expect("it runs")
}

#[tokio::test]
async fn the_listen_command_continues_from_its_cursor_after_a_server_restart() {
    let world = World::new().await;
    // A separate HTTP server, which can stop while everything else continues.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let mut serving = JoinSet::new();
    let mut start = |listener| {
        let (router, stopping) = (router(world.app.services()), CancellationToken::new());
        serving.spawn(serve(listener, router, world.app.admission(), stopping))
    };
    let running = start(listener);
    let seq = world.happen(1).await;
    let server = format!("http://{address}");
    let after = (seq - 1).to_string();
    let mut listening = listen(&server, &world.key, &["--after", &after, "--types", "account.updated"]);
    let event: Value = serde_json::from_str(&line(&mut listening.out).await).unwrap();
    assert_eq!((&event["seq"], &event["type"]), (&seq.into(), &"account.updated".into()));
    running.abort();
    assert_eq!(line(&mut listening.err).await, "The connection ended; trying again.");
    let missed = world.happen(2).await;
    let again = loop {
        if let Ok(listener) = TcpListener::bind(address).await {
            break listener;
        }
    };
    start(again);
    for place in [missed - 1, missed] {
        let event: Value = serde_json::from_str(&line(&mut listening.out).await).unwrap();
        assert_eq!(event["seq"], place);
    }
}

#[tokio::test]
async fn forwarded_events_are_signed_like_a_webhook() {
    let world = World::new().await;
    let receiver = Receiver::start(Act::Answer(202, "taken")).await;
    let seq = world.happen(1).await;
    let server = format!("http://{}", world.address);
    let mut listening = listen(&server, &world.key, &["--after", "0", "--forward-to", &receiver.url]);
    let told = line(&mut listening.err).await;
    let secret = told.strip_prefix("Each request is signed with ").unwrap();
    let secret = read_secret(&Secret::new(secret.to_owned())).unwrap();
    let said = line(&mut listening.out).await;
    assert!(
        said.starts_with(&format!("{seq} account.updated: 202 in ")) && said.ends_with(": taken"),
        "{said}"
    );
    let request = receiver.at_least(1).await.remove(0);
    let header = |name: &str| request.headers[name].as_str();
    let second = header("webhook-timestamp").parse().unwrap();
    let expected = format!("v1,{}", signature(&secret, header("webhook-id"), second, &request.body));
    assert_eq!(header("webhook-signature"), expected);
    assert_eq!(request.seq(), seq);
    listening.process.kill().await.unwrap();
}

#[tokio::test]
async fn a_refusal_ends_the_listen_command() {
    let world = World::new().await;
    let server = format!("http://{}", world.address);
    let mut listening = listen(&server, "lk_nobody", &[]);
    assert!(line(&mut listening.err).await.contains("not valid"));
    assert_eq!(listening.process.wait().await.unwrap().code(), Some(1));
}
