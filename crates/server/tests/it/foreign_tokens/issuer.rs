//! A CRM that issues tokens for its users: real keys, which openssl makes for each test, and a web server that
//! publishes them.

use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use linekeeper::credentials::foreign_token::{ClaimNames, Trusted, TrustedKeys};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use url::Url;

pub const ISSUER: &str = "https://crm.example.org";
pub const AUDIENCE: &str = "linekeeper";

/// A key pair, and its published form.
pub struct SigningKey {
    pub id: String,
    pub algorithm: Algorithm,
    pub private: EncodingKey,
}

impl SigningKey {
    pub fn rsa(id: &str) -> Self {
        let pair = openssl(&["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"], b"");
        let der = openssl(&["rsa", "-traditional", "-outform", "DER"], &pair);
        Self::new(id, Algorithm::RS256, EncodingKey::from_rsa_der(&der))
    }

    pub fn ec(id: &str) -> Self {
        let pair = openssl(&["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"], b"");
        Self::new(id, Algorithm::ES256, EncodingKey::from_ec_der(&pkcs8(&pair)))
    }

    pub fn ed25519(id: &str) -> Self {
        let pair = openssl(&["genpkey", "-algorithm", "ED25519"], b"");
        Self::new(id, Algorithm::EdDSA, EncodingKey::from_ed_der(&pkcs8(&pair)))
    }

    fn new(id: &str, algorithm: Algorithm, private: EncodingKey) -> Self {
        Self { id: id.to_owned(), algorithm, private }
    }

    /// The public half of the key.
    pub fn published(&self) -> Value {
        let mut jwk = Jwk::from_encoding_key(&self.private, self.algorithm).unwrap();
        jwk.common.key_id = Some(self.id.clone());
        serde_json::to_value(jwk).unwrap()
    }

    /// A token with these claims, signed with this key.
    pub fn sign(&self, claims: &Value) -> String {
        signed(self.algorithm, Some(&self.id), &self.private, claims)
    }
}

pub fn signed(algorithm: Algorithm, id: Option<&str>, key: &EncodingKey, claims: &Value) -> String {
    let mut header = Header::new(algorithm);
    header.kid = id.map(str::to_owned);
    jsonwebtoken::encode(&header, claims, key).unwrap()
}

/// A token with these claims, signed with a secret that the CRM and the server share.
pub fn signed_with_secret(secret: &str, claims: &Value) -> String {
    signed(Algorithm::HS256, None, &EncodingKey::from_secret(secret.as_bytes()), claims)
}

fn pkcs8(pair: &[u8]) -> Vec<u8> {
    openssl(&["pkcs8", "-topk8", "-nocrypt", "-outform", "DER"], pair)
}

fn openssl(arguments: &[&str], input: &[u8]) -> Vec<u8> {
    let mut command = Command::new("openssl");
    let command = command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().expect("openssl makes the keys: install it");
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), input).unwrap();
    let made = child.wait_with_output().unwrap();
    assert!(made.status.success(), "{arguments:?}");
    made.stdout
}

/// A web server that answers every request with the same text.
pub struct Publisher {
    pub url: Url,
    answer: Arc<Mutex<String>>,
    asked: Arc<AtomicUsize>,
    _serving: JoinSet<()>,
}

impl Publisher {
    pub async fn of(keys: &[&SigningKey]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = Url::parse(&format!("http://{}/keys", listener.local_addr().unwrap())).unwrap();
        let (answer, asked) = (Arc::new(Mutex::new(String::new())), Arc::new(AtomicUsize::new(0)));
        let mut serving = JoinSet::new();
        serving.spawn({
            let (answer, asked) = (answer.clone(), asked.clone());
            async move {
                loop {
                    let (mut socket, _) = listener.accept().await.unwrap();
                    let mut request = [0; 4096];
                    let _read = socket.read(&mut request).await;
                    asked.fetch_add(1, Ordering::SeqCst);
                    let text = answer.lock().unwrap().clone();
                    let _hung_up = socket.write_all(text.as_bytes()).await;
                }
            }
        });
        let publisher = Self { url, answer, asked, _serving: serving };
        publisher.publish(keys);
        publisher
    }

    pub fn publish(&self, keys: &[&SigningKey]) {
        let keys: Vec<Value> = keys.iter().map(|key| key.published()).collect();
        self.answer_with("200 OK", &json!({ "keys": keys }).to_string());
    }

    pub fn answer_with(&self, status: &str, body: &str) {
        let head =
            format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len());
        *self.answer.lock().unwrap() = head + body;
    }

    /// The number of requests that it has answered.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    /// The configuration of a server that trusts this publisher's keys.
    pub fn trusted(&self) -> Trusted {
        trusted(TrustedKeys::Published(self.url.clone()))
    }
}

pub fn trusted(keys: TrustedKeys) -> Trusted {
    let [user, workspace, role] = ["sub", "workspace", "role"].map(str::to_owned);
    let claims = ClaimNames { user, workspace, role };
    Trusted { issuer: ISSUER.to_owned(), audience: AUDIENCE.to_owned(), keys, claims }
}
