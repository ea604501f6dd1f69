//! A receiver of webhooks: a real HTTP server on this machine. It answers as the test decides, and records its
//! requests.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufStream};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

const PATIENCE: Duration = Duration::from_secs(60);

/// How the receiver answers a request.
#[derive(Debug, Clone)]
pub enum Act {
    Answer(u16, &'static str),
    /// Answers with this status and a header line.
    With(u16, String),
    /// Answers 200 with a body of this many bytes.
    Body(usize),
    Never,
    Cut,
}

/// A request that the receiver got.
#[derive(Debug, Clone)]
pub struct Received {
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
}

impl Received {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub fn seq(&self) -> u64 {
        self.json()["seq"].as_u64().unwrap()
    }

    pub fn account(&self) -> String {
        self.json()["accountId"].as_str().unwrap().to_owned()
    }
}

/// A running receiver, which a test controls.
pub struct Receiver {
    pub url: String,
    act: watch::Sender<Act>,
    received: Arc<Mutex<Vec<Received>>>,
    news: watch::Receiver<usize>,
    _serving: JoinSet<()>,
}

impl Receiver {
    pub async fn start(act: Act) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let (act, acts) = watch::channel(act);
        let (told, news) = watch::channel(0);
        let received = Arc::new(Mutex::new(Vec::new()));
        let mut serving = JoinSet::new();
        let seen = Arc::clone(&received);
        serving.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((socket, _)) = listener.accept().await {
                let (acts, seen, told) = (acts.clone(), Arc::clone(&seen), told.clone());
                connections.spawn(async move {
                    let _cut = serve(socket, acts, &seen, &told).await;
                });
            }
        });
        Self { url, act, received, news, _serving: serving }
    }

    pub fn act(&self, act: Act) {
        self.act.send_replace(act);
    }

    pub fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }

    /// Waits until `count` requests have arrived.
    pub async fn at_least(&self, count: usize) -> Vec<Received> {
        let mut news = self.news.clone();
        let waited = tokio::time::timeout(PATIENCE, news.wait_for(|came| *came >= count)).await;
        assert!(waited.is_ok(), "{} of {count} requests came", self.received().len());
        self.received()
    }
}

async fn serve(
    socket: TcpStream,
    acts: watch::Receiver<Act>,
    seen: &Mutex<Vec<Received>>,
    told: &watch::Sender<usize>,
) -> std::io::Result<()> {
    let mut stream = BufStream::new(socket);
    loop {
        let mut headers = BTreeMap::new();
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        loop {
            let mut line = String::new();
            stream.read_line(&mut line).await?;
            let Some((name, value)) = line.trim_end().split_once(": ") else { break };
            headers.insert(name.to_lowercase(), value.to_owned());
        }
        let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
        let mut body = vec![0; length];
        stream.read_exact(&mut body).await?;
        let act = acts.borrow().clone();
        let count = {
            let mut seen = seen.lock().unwrap();
            seen.push(Received { headers, body });
            seen.len()
        };
        let answer = match act {
            Act::Answer(status, text) => {
                format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\n\r\n{text}", text.len())
            }
            Act::With(status, header) => {
                format!("HTTP/1.1 {status} X\r\ncontent-length: 0\r\n{header}\r\n\r\n")
            }
            Act::Body(bytes) => {
                format!("HTTP/1.1 200 X\r\ncontent-length: {bytes}\r\n\r\n{}", "a".repeat(bytes))
            }
            Act::Never => {
                told.send_replace(count);
                return std::future::pending().await;
            }
            Act::Cut => {
                told.send_replace(count);
                return Ok(());
            }
        };
        let written = async {
            stream.write_all(answer.as_bytes()).await?;
            stream.flush().await
        };
        let written = written.await;
        told.send_replace(count);
        written?;
    }
}
