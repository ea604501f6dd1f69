//! A trace collector that receives OTLP over HTTP and keeps everything.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, ensure};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message as _;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

#[derive(Default)]
struct Taken {
    batches: Vec<Vec<u8>>,
    trouble: Vec<String>,
}

pub struct Collector {
    pub endpoint: String,
    taken: Arc<Mutex<Taken>>,
    _serving: JoinSet<()>,
}

impl Collector {
    pub async fn start() -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let endpoint = format!("http://{}", listener.local_addr()?);
        let taken = Arc::new(Mutex::new(Taken::default()));
        let mut serving = JoinSet::new();
        let all = taken.clone();
        serving.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let all = all.clone();
                connections.spawn(async move {
                    if let Err(error) = serve(stream, &all).await {
                        lock(&all).trouble.push(format!("{error:#}"));
                    }
                });
            }
        });
        Ok(Self { endpoint, taken, _serving: serving })
    }

    /// The names of the services that sent spans, the spans of all services, and all received bytes.
    pub fn all(&self) -> anyhow::Result<(BTreeSet<String>, Vec<Span>, Vec<u8>)> {
        let taken = lock(&self.taken);
        ensure!(taken.trouble.is_empty(), "{:?}", taken.trouble);
        let (mut services, mut spans) = (BTreeSet::new(), Vec::new());
        for batch in &taken.batches {
            let request = ExportTraceServiceRequest::decode(batch.as_slice())?;
            for sender in request.resource_spans {
                let attributes = sender.resource.context("a resource")?.attributes;
                let name = attributes.into_iter().find(|attribute| attribute.key == "service.name");
                if let Some(Value::StringValue(name)) = name.and_then(|name| name.value?.value) {
                    services.insert(name);
                }
                spans.extend(sender.scope_spans.into_iter().flat_map(|scope| scope.spans));
            }
        }
        Ok((services, spans, taken.batches.concat()))
    }
}

fn lock(taken: &Mutex<Taken>) -> std::sync::MutexGuard<'_, Taken> {
    taken.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Serves the requests of one connection until it is closed.
async fn serve(stream: TcpStream, taken: &Mutex<Taken>) -> anyhow::Result<()> {
    let mut stream = BufReader::new(stream);
    loop {
        let mut head = Vec::new();
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).await? == 0 {
                return Ok(());
            }
            let line = line.trim_end().to_ascii_lowercase();
            if line.is_empty() {
                break;
            }
            head.push(line);
        }
        ensure!(head.first().is_some_and(|line| line == "post /v1/traces http/1.1"), "{head:?}");
        ensure!(head.iter().any(|line| line == "content-type: application/x-protobuf"), "{head:?}");
        let length = head.iter().find_map(|line| line.strip_prefix("content-length: "));
        let mut body = vec![0; length.context("a length")?.parse()?];
        stream.read_exact(&mut body).await?;
        lock(taken).batches.push(body);
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await?;
    }
}
