//! A server for one test, and a very simple HTTP client.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use base64::Engine as _;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use whatsim::Server;

/// The time limit for an answer of the server. Normally, answers come much sooner.
const PATIENCE: Duration = Duration::from_secs(10);

/// A running simulator.
pub struct Sim {
    /// The server.
    pub server: Server,
}

/// The status and the JSON of an answer. The JSON is `null` if there is none.
pub struct Answer {
    pub status: u16,
    pub body: Value,
}

impl Answer {
    /// Returns the error code of a refused request.
    #[track_caller]
    pub fn code(&self) -> &str {
        self.body["error"]["code"].as_str().unwrap_or_else(|| panic!("no refusal: {}", self.body))
    }

    /// Returns the error message of a refused request.
    #[track_caller]
    pub fn message(&self) -> &str {
        self.body["error"]["message"].as_str().unwrap_or_else(|| panic!("no refusal: {}", self.body))
    }

    /// Asserts that the answer is a refusal with this status and code, and that its message contains `field`.
    #[track_caller]
    pub fn refuses(&self, status: u16, code: &str, field: &str) {
        assert_eq!((self.status, self.code()), (status, code), "{}", self.body);
        assert!(self.message().contains(field), "{field:?} is not named in {:?}", self.message());
    }
}

impl Sim {
    pub async fn start() -> Self {
        Self { server: Server::builder().start().await.unwrap() }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.call("GET", path, "").await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.call("DELETE", path, "").await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.call("POST", path, &body.to_string()).await
    }

    /// Creates a phone for each number.
    pub async fn phones(&self, numbers: &[&str]) {
        for number in numbers {
            let made = self.post("/admin/phones", serde_json::json!({ "number": number })).await;
            assert_eq!(made.status, 201, "{}", made.body);
        }
    }

    /// Makes a phone send a message. Returns the id of the message.
    pub async fn say(&self, from: &str, message: Value) -> String {
        let sent = self.post(&format!("/admin/phones/{from}/messages"), message).await;
        assert_eq!(sent.status, 200, "{}", sent.body);
        sent.body["messages"][0]["id"].as_str().unwrap().to_owned()
    }

    /// Waits until the message with this id is in the inbox of a phone, and returns the message.
    pub async fn heard(&self, number: &str, id: &str) -> Value {
        let heard = async {
            loop {
                let inbox = self.get(&format!("/admin/phones/{number}/inbox")).await.body;
                let found = inbox["data"].as_array().unwrap().iter().find(|message| message["id"] == id);
                if let Some(message) = found {
                    return message.clone();
                }
            }
        };
        tokio::time::timeout(PATIENCE, heard).await.unwrap()
    }

    /// Calls the media server over TLS. Trusts only the simulator's certificate authority. Returns the status, the
    /// head and the body.
    pub async fn media(
        &self,
        method: &str,
        path: &str,
        headers: &str,
        body: &[u8],
    ) -> (u16, String, Vec<u8>) {
        let (status, pem) = self.exchange("GET", "/admin/ca.pem", "").await;
        assert_eq!((status, &pem), (200, &self.server.ca_pem()));
        let base64: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
        let mut roots = RootCertStore::empty();
        roots.add(base64::prelude::BASE64_STANDARD.decode(base64).unwrap().into()).unwrap();
        let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let socket = TcpStream::connect(self.server.media_host()).await.unwrap();
        let name = ServerName::try_from("127.0.0.1").unwrap();
        let mut socket = TlsConnector::from(Arc::new(tls)).connect(name, socket).await.unwrap();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: media\r\nconnection: close\r\ncontent-length: {}\r\n{headers}\r\n",
            body.len()
        );
        socket.write_all(head.as_bytes()).await.unwrap();
        socket.write_all(body).await.unwrap();
        let mut answer = Vec::new();
        // Ignore the error if the server cuts off the download: the bytes that arrived before are the answer.
        let _ = tokio::time::timeout(PATIENCE, socket.read_to_end(&mut answer)).await.unwrap();
        let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").unwrap();
        let head = String::from_utf8(answer[..end].to_vec()).unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, head.to_lowercase(), answer[end + 4..].to_vec())
    }

    /// Sends a request with this body, unchanged.
    pub async fn call(&self, method: &str, path: &str, body: &str) -> Answer {
        let (status, text) = tokio::time::timeout(PATIENCE, self.exchange(method, path, body)).await.unwrap();
        Answer { status, body: serde_json::from_str(&text).unwrap_or(Value::Null) }
    }

    /// Sends a request. Returns the status, and the body as text.
    pub async fn exchange(&self, method: &str, path: &str, body: &str) -> (u16, String) {
        let mut socket = TcpStream::connect(self.server.addr()).await.unwrap();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: whatsim\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        socket.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        socket.read_to_string(&mut answer).await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, body.to_owned())
    }
}
