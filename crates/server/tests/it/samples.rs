//! Runs each code sample of docs/INTEGRATION.md unchanged.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use serde_json::json;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

use crate::{live, webhooks};

const TEXT: &str = include_str!("../../../../docs/INTEGRATION.md");
const PATIENCE: Duration = Duration::from_secs(60);

/// The time by which the clock advances after a failed attempt. The server sends a webhook again after 5 s.
const AFTER_A_FAILURE: Duration = Duration::from_secs(7);
const TRIES: u32 = 12;

fn interop() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../interop").canonicalize().unwrap()
}

/// The code sample with this name.
fn sample(name: &str) -> &'static str {
    let (_, rest) = TEXT.split_once(&format!("<!-- sample: {name} -->\n")).unwrap();
    let (_, code) = rest.split_once('\n').unwrap();
    code.split_once("\n```").unwrap().0
}

/// A running sample and the lines that it prints.
struct Running {
    lines: Lines<BufReader<ChildStdout>>,
    _process: Child,
    _folder: TempDir,
}

impl Running {
    async fn start(name: &str, environment: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(name);
        std::fs::write(&file, sample(name)).unwrap();
        let mut command = if name.ends_with(".py") {
            let mut python = Command::new(interop().join(".venv/bin/python"));
            python.arg(&file);
            python
        } else {
            let modules = interop().join("node_modules");
            std::os::unix::fs::symlink(&modules, folder.path().join("node_modules")).unwrap();
            std::fs::write(folder.path().join("package.json"), r#"{ "type": "module" }"#).unwrap();
            let options = ["--strict", "--target", "es2022", "--module", "nodenext", "--skipLibCheck"];
            let compiling = Command::new("node")
                .arg(modules.join("typescript/bin/tsc"))
                .args(options)
                .args(["--types", "node", name])
                .current_dir(folder.path())
                .output();
            let compiled = timeout(PATIENCE, compiling).await.unwrap().unwrap();
            assert!(compiled.status.success(), "{}", String::from_utf8_lossy(&compiled.stdout));
            let mut node = Command::new("node");
            node.arg(file.with_extension("js"));
            node
        };
        let mut process = command
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("scripts/install-node-packages.sh and scripts/install-python-packages.sh install it");
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        Self { lines, _process: process, _folder: folder }
    }

    async fn says(&mut self) -> String {
        let line = timeout(PATIENCE, self.lines.next_line()).await.expect("it says something");
        line.unwrap().expect("it runs")
    }

    /// Waits for the next line that the sample prints. The server may need several attempts to reach the sample.
    /// While no line comes, this method advances the server's clock, so that the next attempt is due.
    async fn says_after_retries(&mut self, world: &webhooks::world::World, webhook: &str) -> String {
        for _ in 0..TRIES {
            if let Ok(line) = timeout(PATIENCE / TRIES, self.lines.next_line()).await {
                return line.unwrap().expect("it runs");
            }
            world.app.clock.advance(AFTER_A_FAILURE);
            world.app.services().webhooks.changed();
        }
        panic!("it says nothing: {:#?}", world.deliveries(webhook, "").await)
    }
}

#[tokio::test]
async fn the_live_qr_sample_prints_the_code_and_the_account_status() {
    let world = live::world::World::new().await;
    let base = format!("http://{}", world.address);
    let environment = [("LINEKEEPER", base.as_str()), ("LINEKEEPER_KEY", world.key.as_str())];
    let mut sample = Running::start("live-qr.ts", &environment).await;
    assert_eq!(sample.says().await, "listening");
    world.show_code("2@text");
    let shown = sample.says().await;
    assert!(shown.starts_with(&format!("show {} 2@text until ", world.account)), "{shown}");
    // The account really starts a pairing, and its status changes. In this test, WhatsApp accepts the connection
    // and sends nothing.
    let owner = world.app.with_header(&world.owner, "x-api-key", &world.key);
    let made = owner.post("/api/v1/whatsapp/connect", json!({ "displayName": "Office" })).await.json();
    let told = sample.says().await;
    assert!(told.starts_with(&format!("is {} ", made["id"].as_str().unwrap())), "{told}");
}

#[tokio::test]
async fn the_webhook_samples_accept_only_signed_requests() {
    let world = webhooks::world::World::new(1).await;
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    for name in ["receiver.ts", "receiver.py"] {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port().to_string();
        drop(free);
        let url = format!("http://127.0.0.1:{port}/");
        let made = world.owner().post("/api/v1/webhooks", json!({ "url": url })).await.json();
        let secret = made["secret"].as_str().unwrap();
        let mut sample = Running::start(name, &[("WEBHOOK_SECRET", secret), ("PORT", &port)]).await;
        assert_eq!(sample.says().await, "ready", "{name}");
        // The library in the sample checks timestamps, so the server's clock must show the real time.
        world.app.clock.set_to_now();
        world.happen(1).await;
        let webhook = made["id"].as_str().unwrap();
        let got = sample.says_after_retries(&world, webhook).await;
        assert!(got.starts_with("got ") && got.ends_with(" account.updated"), "{name}: {got}");
        let forged = client.post(&url).body("{}").send().await.unwrap();
        assert_eq!(forged.status(), 401, "{name}");
        world.owner().delete(&format!("/api/v1/webhooks/{webhook}")).await;
    }
}
