//! The real server process is killed with `kill -9` while webhooks are pending. No event is skipped, and the
//! events of each account arrive in order.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Stdio;
use std::time::Duration;

use reqwest::{Client, Method};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use super::receiver::{Act, Receiver};
use crate::app::PASSWORD;
use crate::process::Program;

const PATIENCE: Duration = Duration::from_secs(60);
const KILLS: usize = 4;
/// The number of events of each account between two kills.
const EVENTS: usize = 15;

/// The running server process.
struct Server {
    process: Child,
    base: String,
    key: String,
}

impl Server {
    async fn start(program: &Program, key: &str) -> Self {
        let mut command = Command::from(program.command(&["serve"]));
        command.env("LINEKEEPER_LISTEN", "127.0.0.1:0").env("WEBHOOK_ALLOW_NETWORKS", "127.0.0.0/8");
        // Nothing listens at this address, so accounts cannot connect. Changes of their settings are events too.
        command.env("WHATSAPP_ENDPOINT", "wss://127.0.0.1:9/ws/chat");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
        let mut process = command.spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let listening = async {
            loop {
                let line = lines.next_line().await.unwrap().expect("it starts");
                if let Some((_, rest)) = line.split_once("http://127.0.0.1:") {
                    let port: String = rest.chars().take_while(char::is_ascii_digit).collect();
                    return format!("http://127.0.0.1:{port}/api/v1");
                }
            }
        };
        let base = timeout(PATIENCE, listening).await.expect("it listens");
        Self { process, base, key: key.to_owned() }
    }

    async fn call(&self, client: &Client, method: Method, path: &str, body: Option<Value>) -> Value {
        let mut request =
            client.request(method, format!("{}{path}", self.base)).header("x-api-key", &self.key);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.unwrap();
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        assert!(status.is_success(), "{path}: {status} {text}");
        serde_json::from_str(&text).unwrap_or(Value::Null)
    }
}

#[tokio::test]
async fn no_event_is_skipped_or_reordered_if_the_server_is_killed_repeatedly() {
    linekeeper::whatsapp::install_crypto_provider();
    let client = Client::builder().no_proxy().build().unwrap();
    let program = Program::new();
    let owner = ["owner", "create", "--email", "ana@example.org", "--password-stdin"];
    assert_eq!(program.run(&owner, PASSWORD).code, 0);
    let key = program.run(&["api-key", "create", "--email", "ana@example.org", "--name", "test"], "").out;
    let key = key.trim_end();
    let receiver = Receiver::start(Act::Answer(200, "")).await;
    let mut server = Server::start(&program, key).await;
    let body = json!({ "url": receiver.url, "types": ["account.updated"] });
    let made = server.call(&client, Method::POST, "/webhooks", Some(body)).await;
    let webhook = format!("/webhooks/{}", made["id"].as_str().unwrap());
    let mut accounts = Vec::new();
    for name in ["Shop", "Office"] {
        let body = json!({ "displayName": name });
        let account = server.call(&client, Method::POST, "/whatsapp/connect", Some(body)).await;
        accounts.push(account["id"].as_str().unwrap().to_owned());
    }
    for round in 0..KILLS {
        // In every other round the receiver refuses the events, so that some wait as deliveries and some in the
        // log.
        let status = if round % 2 == 0 { 200 } else { 503 };
        receiver.act(Act::Answer(status, ""));
        let came = receiver.received().len();
        for event in 0..EVENTS {
            for account in &accounts {
                let body = json!({ "displayName": format!("{round}/{event}") });
                let path = format!("/whatsapp/accounts/{account}");
                server.call(&client, Method::PATCH, &path, Some(body)).await;
            }
        }
        // The server is killed while some of the events are still pending.
        receiver.at_least(came + 1).await;
        server.process.kill().await.unwrap();
        server = Server::start(&program, key).await;
    }
    receiver.act(Act::Answer(200, ""));
    // The events that wait for another attempt are sent now.
    server.call(&client, Method::POST, &format!("{webhook}/resume"), None).await;
    let caught_up = async {
        while server.call(&client, Method::GET, &webhook, None).await["lag"] != 0 {
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, caught_up).await.expect("everything is delivered");

    let (mut seen, mut came) = (BTreeSet::new(), BTreeMap::<String, Vec<u64>>::new());
    for request in receiver.received() {
        if seen.insert(request.headers["webhook-id"].clone()) {
            came.entry(request.account()).or_default().push(request.seq());
        }
    }
    for account in &accounts {
        let path = format!("/events?types=account.updated&accountId={account}&limit=500");
        let page = server.call(&client, Method::GET, &path, None).await;
        let log: Vec<u64> =
            page["data"].as_array().unwrap().iter().map(|event| event["seq"].as_u64().unwrap()).collect();
        assert_eq!(log.len(), KILLS * EVENTS);
        assert_eq!(came.get(account), Some(&log), "each at least once, and the first times in order");
    }
}
