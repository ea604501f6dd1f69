//! A client for the part of the REST API that the commands need.

use std::time::Duration;

use anyhow::Context as _;
use linekeeper_model::phone::PhoneNumber;
use linekeeper_model::secret::Secret;
use reqwest::header::{HeaderMap, HeaderValue};
use reqwest::{Method, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use url::Url;

use crate::whatsapp;

/// How long to wait for an answer. Before the server answers, it may wait up to 10 s for WhatsApp's first code. After
/// 25 s, no answer will come any more.
const ANSWER_WITHIN: Duration = Duration::from_secs(25);

/// The maximum duration of a stream. After this time the stream is opened again.
const LONGEST_STREAM: Duration = Duration::from_secs(24 * 60 * 60);

/// The maximum duration of an upload. It is long enough for a big file on a slow connection.
const UPLOADED_WITHIN: Duration = Duration::from_secs(60 * 60);

/// A client of one server.
pub(in crate::cli) struct Client {
    http: reqwest::Client,
    base: Url,
}

/// The fields of an account that commands need.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::cli) struct Account {
    pub id: String,
    pub display_name: String,
    pub phone_number: Option<String>,
    pub status: Status,
    pub pairing: Option<Pairing>,
}

/// The fields of a pairing that commands need.
#[derive(Debug, Clone, Deserialize)]
pub(in crate::cli) struct Pairing {
    pub step: String,
}

/// The fields of a status that commands need.
#[derive(Debug, Clone, Deserialize)]
pub(in crate::cli) struct Status {
    pub state: String,
    pub reason: String,
    pub message: String,
}

/// A QR code to show.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::cli) struct QrCode {
    pub qr_code: Secretive,
    pub qr_code_expiry: jiff::Timestamp,
}

/// A code to type on the phone.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::cli) struct PairingCode {
    pub code: Secretive,
    pub phone_number: String,
    pub expires_at: jiff::Timestamp,
}

/// What the phone shows after WhatsApp accepted the passkey.
#[derive(Debug, Clone, Deserialize)]
pub(in crate::cli) struct Passkey {
    pub code: Option<String>,
}

/// The text of a code. Anybody who reads it can link the account.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub(in crate::cli) struct Secretive(pub String);

impl std::fmt::Debug for Secretive {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[redacted]")
    }
}

/// How to pair the account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) struct Way {
    /// Link by a code to type, instead of a QR code.
    pub by_code: bool,
    /// If set, only a phone with this number may be linked.
    pub phone: Option<PhoneNumber>,
}

impl Way {
    /// The body of a `connect` request. `name` is the name of the field that identifies the account (`displayName` or
    /// `accountId`), and `value` is the value of that field.
    fn body(&self, name: &str, value: &str) -> Value {
        let method = if self.by_code { "pairingCode" } else { "qr" };
        let mut body = json!({ name: value, "method": method });
        if let Some(phone) = &self.phone {
            body["phoneNumber"] = phone.to_string().into();
        }
        body
    }
}

/// Why the server did not carry out the request.
#[derive(Debug, thiserror::Error)]
pub(in crate::cli) enum Refusal {
    /// The server gave a reason.
    #[error("{detail}{}", fields(.errors))]
    Problem {
        /// The stable error code.
        code: String,
        /// The explanation for people.
        detail: String,
        /// What is wrong with each refused field.
        errors: Vec<FieldProblem>,
    },
    /// The server did not answer, or its answer could not be read.
    #[error("the server at {base} does not answer: is `linekeeper serve` running?")]
    Unreachable {
        /// The configured address of the server.
        base: Url,
        /// The cause.
        #[source]
        cause: reqwest::Error,
    },
    /// The program that answers at this address is not linekeeper.
    #[error("what answers at {base} is not linekeeper (status {status})")]
    Foreign {
        /// The address of the server.
        base: Url,
        /// The HTTP status.
        status: StatusCode,
    },
}

/// A field that the server refused, and why.
#[derive(Debug, Deserialize)]
pub(in crate::cli) struct FieldProblem {
    field: String,
    message: String,
}

fn fields(errors: &[FieldProblem]) -> String {
    errors.iter().map(|error| format!("\n  {}: {}", error.field, error.message)).collect()
}

#[derive(Deserialize)]
struct Problem {
    code: String,
    detail: String,
    #[serde(default)]
    errors: Vec<FieldProblem>,
}

impl Client {
    /// Creates a client that calls the server at `base` with the API key `key`.
    pub fn new(base: &Url, key: Secret<String>) -> anyhow::Result<Self> {
        let mut value =
            HeaderValue::from_str(key.expose()).context("the API key cannot be sent in a header")?;
        value.set_sensitive(true);
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured(rustls::ClientConfig::clone(&whatsapp::client_config()))
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .default_headers(HeaderMap::from_iter([(
                reqwest::header::HeaderName::from_static("x-api-key"),
                value,
            )]))
            .connect_timeout(Duration::from_secs(5))
            .timeout(ANSWER_WITHIN)
            .build()?;
        Ok(Self { http, base: base.clone() })
    }

    /// Begins to link a new account with this name.
    pub async fn connect(&self, name: &str, way: &Way) -> Result<Account, Refusal> {
        self.call(Method::POST, "connect", Some(way.body("displayName", name))).await
    }

    /// Begins to link an existing account.
    pub async fn connect_again(&self, id: &str, way: &Way) -> Result<Account, Refusal> {
        self.call(Method::POST, "connect", Some(way.body("accountId", id))).await
    }

    /// Returns the current state of the account.
    pub async fn account(&self, id: &str) -> Result<Account, Refusal> {
        self.call(Method::GET, &format!("accounts/{id}"), None).await
    }

    /// Returns the QR code to show now.
    pub async fn qr_code(&self, id: &str) -> Result<QrCode, Refusal> {
        self.call(Method::GET, &format!("qr-code/{id}"), None).await
    }

    /// Returns the code to type now.
    pub async fn pairing_code(&self, id: &str) -> Result<PairingCode, Refusal> {
        self.call(Method::GET, &format!("accounts/{id}/pairing-code"), None).await
    }

    /// Returns the code that the person compares with the code on the phone, if there is one.
    pub async fn passkey(&self, id: &str) -> Result<Passkey, Refusal> {
        self.call(Method::GET, &format!("accounts/{id}/passkey"), None).await
    }

    /// Confirms to the server that the phone shows the same code.
    pub async fn confirm_passkey(&self, id: &str) -> Result<Account, Refusal> {
        self.call(Method::POST, &format!("accounts/{id}/passkey/confirm"), None).await
    }

    /// Opens the stream of events: those after the event number `after`, or only new events. The stream ends when
    /// the connection ends.
    pub async fn events(
        &self,
        wish: &[(&str, String)],
        after: Option<u64>,
    ) -> Result<reqwest::Response, Refusal> {
        let base = self.base.as_str().trim_end_matches('/');
        let wish = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(wish).finish();
        let mut request =
            self.http.get(format!("{base}/api/v1/events/stream?{wish}")).timeout(LONGEST_STREAM);
        if let Some(after) = after {
            request = request.header("last-event-id", after);
        }
        self.accepted(request.send().await).await
    }

    /// Sends a file as the body of a request under `/api/v1/whatsapp/`. The upload may take an hour.
    pub async fn upload<T: DeserializeOwned>(
        &self,
        path: &str,
        name: &str,
        file: tokio::fs::File,
        length: u64,
    ) -> Result<T, Refusal> {
        let mut url = self.base.clone();
        url.set_path(&format!("{}/api/v1/whatsapp/{path}", self.base.path().trim_end_matches('/')));
        url.query_pairs_mut().append_pair("fileName", name);
        let pieces = futures_util::stream::try_unfold(file, |mut file| async move {
            let mut piece = vec![0; 64 * 1024];
            let read = tokio::io::AsyncReadExt::read(&mut file, &mut piece).await?;
            piece.truncate(read);
            Ok::<_, std::io::Error>((read > 0).then_some((piece, file)))
        });
        let request = self
            .http
            .post(url)
            .header(reqwest::header::CONTENT_LENGTH, length)
            .timeout(UPLOADED_WITHIN)
            .body(reqwest::Body::wrap_stream(pieces));
        self.read(request.send().await).await
    }

    /// Sends one request under `/api/v1/whatsapp/`.
    pub async fn call<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Result<T, Refusal> {
        let base = self.base.as_str().trim_end_matches('/');
        let mut request = self.http.request(method, format!("{base}/api/v1/whatsapp/{path}"));
        if let Some(body) = body {
            request = request.json(&body);
        }
        self.read(request.send().await).await
    }

    async fn read<T: DeserializeOwned>(
        &self,
        answer: reqwest::Result<reqwest::Response>,
    ) -> Result<T, Refusal> {
        let answer = self.accepted(answer).await?;
        let foreign = Refusal::Foreign { base: self.base.clone(), status: answer.status() };
        let bytes = answer.bytes().await.map_err(|cause| self.unreachable(cause))?;
        serde_json::from_slice(&bytes).map_err(|_| foreign)
    }

    /// Returns the answer, or an error if the server refused the request.
    async fn accepted(
        &self,
        answer: reqwest::Result<reqwest::Response>,
    ) -> Result<reqwest::Response, Refusal> {
        let answer = answer.map_err(|cause| self.unreachable(cause))?;
        let status = answer.status();
        if status.is_success() {
            return Ok(answer);
        }
        let bytes = answer.bytes().await.map_err(|cause| self.unreachable(cause))?;
        let foreign = |_| Refusal::Foreign { base: self.base.clone(), status };
        let problem: Problem = serde_json::from_slice(&bytes).map_err(foreign)?;
        Err(Refusal::Problem { code: problem.code, detail: problem.detail, errors: problem.errors })
    }

    fn unreachable(&self, cause: reqwest::Error) -> Refusal {
        Refusal::Unreachable { base: self.base.clone(), cause }
    }
}
