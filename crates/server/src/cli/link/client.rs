//! The few calls of the REST API that commands take.

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

/// The server waits up to 10 s for a first code; more than twice that is no answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(25);

/// A caller of one server.
pub(in crate::cli) struct Client {
    http: reqwest::Client,
    base: Url,
}

/// What is needed of an account.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::cli) struct Account {
    pub id: String,
    pub display_name: String,
    pub phone_number: Option<String>,
    pub status: Status,
    pub pairing: Option<Pairing>,
}

/// What is needed of a pairing.
#[derive(Debug, Clone, Deserialize)]
pub(in crate::cli) struct Pairing {
    pub step: String,
}

/// What is needed of a status.
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

/// What the phone shows once the passkey was right.
#[derive(Debug, Clone, Deserialize)]
pub(in crate::cli) struct Passkey {
    pub code: Option<String>,
}

/// The text of a code lets whoever reads it link the account.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub(in crate::cli) struct Secretive(pub String);

impl std::fmt::Debug for Secretive {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[redacted]")
    }
}

/// How to pair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) struct Way {
    /// By a code to type, instead of a QR code.
    pub by_code: bool,
    /// The only number that may be linked.
    pub phone: Option<PhoneNumber>,
}

impl Way {
    /// The body of `connect`, with `name` as its other field.
    fn body(&self, name: &str, value: &str) -> Value {
        let method = if self.by_code { "pairingCode" } else { "qr" };
        let mut body = json!({ name: value, "method": method });
        if let Some(phone) = &self.phone {
            body["phoneNumber"] = phone.to_string().into();
        }
        body
    }
}

/// The server did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub(in crate::cli) enum Refusal {
    /// It said why.
    #[error("{detail}{}", fields(.errors))]
    Problem {
        /// The stable code.
        code: String,
        /// For people.
        detail: String,
        /// Field by field.
        errors: Vec<FieldProblem>,
    },
    /// It did not answer, or not as linekeeper does.
    #[error("the server at {base} does not answer: is `linekeeper serve` running?")]
    Unreachable {
        /// Where it should be.
        base: Url,
        /// Why not.
        #[source]
        cause: reqwest::Error,
    },
    /// Something answers that is no linekeeper.
    #[error("what answers at {base} is not linekeeper (status {status})")]
    Foreign {
        /// Where it is.
        base: Url,
        /// What it said.
        status: StatusCode,
    },
}

/// One field that was refused.
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
    /// Calls the server at `base` with `key`.
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

    /// A new account of that name.
    pub async fn connect(&self, name: &str, way: &Way) -> Result<Account, Refusal> {
        self.call(Method::POST, "connect", Some(way.body("displayName", name))).await
    }

    /// An account that exists.
    pub async fn connect_again(&self, id: &str, way: &Way) -> Result<Account, Refusal> {
        self.call(Method::POST, "connect", Some(way.body("accountId", id))).await
    }

    /// The account as it is now.
    pub async fn account(&self, id: &str) -> Result<Account, Refusal> {
        self.call(Method::GET, &format!("accounts/{id}"), None).await
    }

    /// The code to show now.
    pub async fn qr_code(&self, id: &str) -> Result<QrCode, Refusal> {
        self.call(Method::GET, &format!("qr-code/{id}"), None).await
    }

    /// The code to type now.
    pub async fn pairing_code(&self, id: &str) -> Result<PairingCode, Refusal> {
        self.call(Method::GET, &format!("accounts/{id}/pairing-code"), None).await
    }

    /// What is asked of the passkey now.
    pub async fn passkey(&self, id: &str) -> Result<Passkey, Refusal> {
        self.call(Method::GET, &format!("accounts/{id}/passkey"), None).await
    }

    /// The phone shows the same code.
    pub async fn confirm_passkey(&self, id: &str) -> Result<Account, Refusal> {
        self.call(Method::POST, &format!("accounts/{id}/passkey/confirm"), None).await
    }

    /// One call under `/api/v1/whatsapp/`.
    pub async fn call<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Result<T, Refusal> {
        let unreachable = |cause| Refusal::Unreachable { base: self.base.clone(), cause };
        let base = self.base.as_str().trim_end_matches('/');
        let mut request = self.http.request(method, format!("{base}/api/v1/whatsapp/{path}"));
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.map_err(unreachable)?;
        let status = answer.status();
        let bytes = answer.bytes().await.map_err(unreachable)?;
        let foreign = || Refusal::Foreign { base: self.base.clone(), status };
        if status.is_success() {
            return serde_json::from_slice(&bytes).map_err(|_| foreign());
        }
        let problem: Problem = serde_json::from_slice(&bytes).map_err(|_| foreign())?;
        Err(Refusal::Problem { code: problem.code, detail: problem.detail, errors: problem.errors })
    }
}
