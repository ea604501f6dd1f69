//! A receiver of webhooks. It answers at once and records when each event arrives.

use std::collections::{HashMap, HashSet};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use http_body_util::{BodyExt as _, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// What has arrived.
#[derive(Default)]
pub struct Got {
    /// When each text arrived for the first time.
    pub texts: HashMap<String, Instant>,
    /// The ids of the events.
    pub ids: HashSet<String>,
    /// The last sequence number of each account.
    last: HashMap<String, u64>,
    /// The number of events that arrived after a later event of the same account.
    pub disordered: usize,
    /// The number of events that arrived more than once.
    pub doubled: usize,
}

pub struct Receiver {
    pub address: SocketAddr,
    got: Arc<Mutex<Got>>,
    serving: JoinSet<()>,
}

impl Receiver {
    pub async fn start() -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let mut receiver =
            Self { address: listener.local_addr()?, got: Arc::default(), serving: JoinSet::new() };
        receiver.serve(listener);
        Ok(receiver)
    }

    /// Stops listening and closes all connections.
    pub async fn leave(&mut self) {
        self.serving.shutdown().await;
    }

    /// Listens at the same address again, and still knows what arrived earlier.
    pub async fn come_back(&mut self) -> anyhow::Result<()> {
        let listener = TcpListener::bind(self.address).await?;
        self.serve(listener);
        Ok(())
    }

    fn serve(&mut self, listener: TcpListener) {
        let got = self.got.clone();
        self.serving.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((socket, _)) = listener.accept().await {
                let got = got.clone();
                connections.spawn(async move {
                    let service = service_fn(move |request| take(request, got.clone()));
                    let connection = hyper::server::conn::http1::Builder::new();
                    // The error only says that the sender closed the connection.
                    let _ended = connection.serve_connection(TokioIo::new(socket), service).await;
                });
            }
        });
    }

    /// The number of different events that have arrived.
    pub fn count(&self) -> usize {
        self.with(|got| got.ids.len())
    }

    pub fn with<T>(&self, look: impl FnOnce(&Got) -> T) -> T {
        look(&self.got.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

async fn take(
    request: Request<Incoming>,
    got: Arc<Mutex<Got>>,
) -> Result<Response<Empty<Bytes>>, Infallible> {
    if let Ok(body) = request.into_body().collect().await
        && let Ok(event) = serde_json::from_slice::<Value>(&body.to_bytes())
    {
        let mut got = got.lock().unwrap_or_else(PoisonError::into_inner);
        let text = |field: &str| event[field].as_str().unwrap_or_default().to_owned();
        if got.ids.insert(text("id")) {
            let seq = event["seq"].as_u64().unwrap_or_default();
            let last = got.last.insert(text("accountId"), seq).unwrap_or_default();
            got.disordered += usize::from(seq < last);
            let body = event["data"]["message"]["text"]["body"].as_str().unwrap_or_default().to_owned();
            got.texts.entry(body).or_insert_with(Instant::now);
        } else {
            got.doubled += 1;
        }
    }
    Ok(Response::new(Empty::new()))
}
