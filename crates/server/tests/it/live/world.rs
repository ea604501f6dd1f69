//! A server on a port, with an Owner, an account, and events like real ones.

use std::net::SocketAddr;
use std::process::Stdio;
use std::time::Duration;

use linekeeper::http::{Settings, router, serve};
use linekeeper_model::access::{Permission, Role};
use linekeeper_model::clock::Clock as _;
use linekeeper_model::event::{NewEvent, Passing, PassingPayload, Payload};
use linekeeper_model::id::AccountId;
use linekeeper_model::secret::Secret;
use linekeeper_model::user::Member;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::net::TcpSocket;
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::app::App;

pub const PATIENCE: Duration = Duration::from_secs(60);

/// A server on a port, with an Owner and an account, whose events the tests read.
pub struct World {
    pub app: App,
    pub owner: Member,
    pub key: String,
    pub account: AccountId,
    pub address: SocketAddr,
    _serving: JoinSet<()>,
}

impl World {
    pub async fn new() -> Self {
        Self::with(Settings::default()).await
    }

    pub async fn with(settings: Settings) -> Self {
        Self::of(App::with(false, settings).await).await
    }

    pub async fn of(app: App) -> Self {
        let owner = app.add_user("ana@example.org", Role::Owner, None).await;
        let account = app.add_account(&owner, "Shop", None).await;
        let key = app.with_key(&owner, &Permission::ALL, None).await.credential().to_owned();
        let socket = TcpSocket::new_v4().unwrap();
        // A small buffer, so that the server soon notices a client that does not read. Accepted sockets inherit
        // the size of the listener.
        socket.set_send_buffer_size(16 * 1024).unwrap();
        socket.bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        let listener = socket.listen(1_024).unwrap();
        let address = listener.local_addr().unwrap();
        let (router, stopping) = (router(app.services()), app.lifecycle.stopping().clone());
        let mut serving = JoinSet::new();
        serving.spawn(serve(listener, router, app.admission(), stopping));
        Self { app, owner, key, account, address, _serving: serving }
    }

    /// Appends `times` events about the account and returns the sequence number of the last one.
    pub async fn happen(&self, times: usize) -> u64 {
        self.happen_to(self.account, times, "displayName").await
    }

    pub async fn happen_to(&self, account: AccountId, times: usize, field: &str) -> u64 {
        let (now, workspace) = (self.app.clock.now(), self.owner.workspace_id);
        let event = || {
            let payload = Payload::AccountUpdated { fields: vec![field.to_owned()] };
            NewEvent::of_account(workspace, account, payload, now, &mut rand::rng())
        };
        let events: Vec<NewEvent> = (0..times).map(|_| event()).collect();
        let mut tx = self.app.storage.begin().await.unwrap();
        let seq = tx.events().append_all(&events).await.unwrap().unwrap();
        tx.commit().await.unwrap();
        self.app.log.committed(seq);
        seq.get()
    }

    /// Sends the live event that an account has a new QR code.
    pub fn show_code(&self, text: &str) {
        let now = self.app.clock.now();
        let payload = PassingPayload::QrCode {
            qr_code: Secret::new(text.to_owned()),
            qr_code_expiry: now,
            refresh_at: now,
        };
        let workspace = self.owner.workspace_id;
        self.app.log.pass(Passing::of_account(workspace, self.account, payload, now, &mut rand::rng()));
    }

    /// Starts the official client, which connects with this token.
    pub async fn listener(&self, way: &str, token: &str) -> Listener {
        let mut listener = Listener::start(&format!("http://{}", self.address), way);
        listener.tell(json!({ "token": token })).await;
        listener
    }

    /// Starts the official client, which connects with this token and then subscribes.
    pub async fn following(&self, way: &str, token: &str, wish: Value) -> Listener {
        let mut listener = self.listener(way, token).await;
        listener.said("connect").await;
        listener.tell(json!({ "subscribe": wish })).await;
        let ack = listener.said("ack").await;
        assert!(ack["seq"].is_u64(), "{ack}");
        listener
    }
}

/// The process of `interop/listener.mjs`, which runs the official client.
pub struct Listener {
    input: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
    _process: Child,
}

impl Listener {
    fn start(base: &str, way: &str) -> Self {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../interop/listener.mjs");
        let mut process = Command::new("node")
            .args([script, base, way])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("Node is installed");
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        Self { input: process.stdin.take().unwrap(), lines, _process: process }
    }

    pub async fn tell(&mut self, command: Value) {
        self.input.write_all(format!("{command}\n").as_bytes()).await.unwrap();
    }

    /// The next message that the client prints, which must be of this kind. Skips a notice about the transport,
    /// which may come at any time.
    pub async fn said(&mut self, kind: &str) -> Value {
        let mut said = self.next().await;
        if said.get("upgrade").is_some() {
            said = self.next().await;
        }
        assert!(said.get(kind).is_some(), "{kind} was to come, not {said}");
        said[kind].clone()
    }

    /// The next message that the client prints.
    pub async fn next(&mut self) -> Value {
        let line = timeout(PATIENCE, self.lines.next_line()).await.expect("it says something");
        serde_json::from_str(&line.unwrap().expect("it runs")).unwrap()
    }

    /// The sequence numbers of the next events.
    pub async fn places(&mut self, count: usize) -> Vec<u64> {
        let mut places = Vec::new();
        while places.len() < count {
            let said = self.next().await;
            if said.get("upgrade").is_none() {
                places.push(said["event"]["seq"].as_u64().unwrap_or_else(|| panic!("{said}")));
            }
        }
        places
    }
}
