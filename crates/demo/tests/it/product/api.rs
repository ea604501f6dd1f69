//! A client of the REST API with an API key.

use anyhow::{Context as _, ensure};
use reqwest::{Body, Client, Method, StatusCode};
use serde_json::{Value, json};

use crate::deadline::until;

pub struct Api {
    http: Client,
    base: String,
    key: String,
}

impl Api {
    pub fn new(base: &str, key: &str) -> anyhow::Result<Self> {
        linekeeper::whatsapp::install_crypto_provider();
        let http = Client::builder().no_proxy().build()?;
        Ok(Self { http, base: base.to_owned(), key: key.to_owned() })
    }

    pub async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> anyhow::Result<(StatusCode, Value)> {
        let mut request =
            self.http.request(method, format!("{}/api/v1{path}", self.base)).bearer_auth(&self.key);
        if let Some(body) = &body {
            request = request.json(body);
        }
        let response = request.send().await?;
        let status = response.status();
        let bytes = response.bytes().await?;
        let body = if bytes.is_empty() { Value::Null } else { serde_json::from_slice(&bytes)? };
        Ok((status, body))
    }

    /// Uploads a file and returns the API's answer.
    pub async fn upload(&self, account: &str, kind: &str, file: impl Into<Body>) -> anyhow::Result<Value> {
        let (status, uploaded) = self.try_upload(account, kind, file).await?;
        ensure!(status == StatusCode::CREATED, "{status}: {uploaded}");
        Ok(uploaded)
    }

    /// Uploads a file that the API may refuse. Returns the status and the answer.
    pub async fn try_upload(
        &self,
        account: &str,
        kind: &str,
        file: impl Into<Body>,
    ) -> anyhow::Result<(StatusCode, Value)> {
        let url = format!("{}/api/v1/whatsapp/accounts/{account}/media", self.base);
        let request = self.http.post(url).bearer_auth(&self.key).header("content-type", kind);
        let response = request.body(file).send().await?;
        Ok((response.status(), response.json().await?))
    }

    /// The bytes and the content type of an answer that is not JSON.
    pub async fn bytes(&self, path: &str, accept: &str) -> anyhow::Result<(String, Vec<u8>)> {
        let url = format!("{}/api/v1{path}", self.base);
        let response = self.http.get(url).bearer_auth(&self.key).header("accept", accept).send().await?;
        ensure!(response.status().is_success(), "{} for {accept}", response.status());
        let kind = response.headers().get("content-type").context("no content type")?.to_str()?.to_owned();
        Ok((kind, response.bytes().await?.to_vec()))
    }

    /// Creates an account and returns its id. The account starts to pair at once.
    pub async fn connect(&self, name: &str) -> anyhow::Result<String> {
        let account = self.create(json!({ "displayName": name })).await?;
        Ok(account["id"].as_str().context("an account has an id")?.to_owned())
    }

    /// Creates an account with the given settings and returns it. The account starts to pair at once.
    pub async fn create(&self, wish: Value) -> anyhow::Result<Value> {
        let (status, account) = self.call(Method::POST, "/whatsapp/connect", Some(wish)).await?;
        ensure!(status == StatusCode::CREATED, "{status}: {account}");
        Ok(account)
    }

    /// Starts a new pairing of an existing account.
    pub async fn connect_again(&self, account: &str) -> anyhow::Result<(StatusCode, Value)> {
        self.call(Method::POST, "/whatsapp/connect", Some(json!({ "accountId": account }))).await
    }

    pub async fn qr_code(&self, account: &str) -> anyhow::Result<Value> {
        let (status, code) = self.call(Method::GET, &format!("/whatsapp/qr-code/{account}"), None).await?;
        ensure!(status.is_success(), "{status}: {code}");
        Ok(code)
    }

    pub async fn qr_text(&self, account: &str) -> anyhow::Result<String> {
        Ok(self.qr_code(account).await?["qrCode"].as_str().context("a text")?.to_owned())
    }

    pub async fn account(&self, account: &str) -> anyhow::Result<Value> {
        let (status, body) = self.call(Method::GET, &format!("/whatsapp/accounts/{account}"), None).await?;
        ensure!(status.is_success(), "{status}: {body}");
        Ok(body)
    }

    pub async fn health(&self, account: &str) -> anyhow::Result<Value> {
        let (status, body) = self.call(Method::GET, &format!("/whatsapp/health/{account}"), None).await?;
        ensure!(status.is_success(), "{status}: {body}");
        Ok(body)
    }

    /// Waits until the account's status has this reason, and returns the account.
    pub async fn reaches(&self, account: &str, reason: &str) -> anyhow::Result<Value> {
        self.reaches_one_of(account, &[reason]).await
    }

    /// Waits until the account's status has one of these reasons, and returns the account.
    pub async fn reaches_one_of(&self, account: &str, reasons: &[&str]) -> anyhow::Result<Value> {
        until(format!("status {reasons:?}"), async || {
            let body = self.account(account).await.ok()?;
            let reason = body["status"]["reason"].as_str()?;
            reasons.contains(&reason).then_some(body)
        })
        .await
    }

    /// Calls one of the account's own routes with `POST`, such as `pause`.
    pub async fn tell(&self, account: &str, what: &str) -> anyhow::Result<(StatusCode, Value)> {
        self.call(Method::POST, &format!("/whatsapp/accounts/{account}/{what}"), None).await
    }

    /// Changes the account with `PATCH` and returns it.
    pub async fn change(&self, account: &str, body: Value) -> anyhow::Result<Value> {
        let path = format!("/whatsapp/accounts/{account}");
        let (status, account) = self.call(Method::PATCH, &path, Some(body)).await?;
        ensure!(status.is_success(), "{status}: {account}");
        Ok(account)
    }

    /// All events from the first one on.
    pub async fn events(&self) -> anyhow::Result<Vec<Value>> {
        let (mut events, mut after) = (Vec::new(), "0".to_owned());
        loop {
            let path = format!("/events?after={after}&limit=200");
            let (status, page) = self.call(Method::GET, &path, None).await?;
            ensure!(status.is_success(), "{status}: {page}");
            let data = page["data"].as_array().context("a list")?;
            if data.is_empty() {
                return Ok(events);
            }
            events.extend(data.iter().cloned());
            after = page["nextCursor"].as_str().context("a cursor")?.to_owned();
        }
    }

    pub async fn disconnect(&self, account: &str) -> anyhow::Result<(StatusCode, Value)> {
        self.call(Method::POST, &format!("/whatsapp/disconnect/{account}"), None).await
    }
}
