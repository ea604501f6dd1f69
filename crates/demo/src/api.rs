//! The few calls of linekeeper's REST API that the demo makes, over HTTP like any other client.

use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use reqwest::{Method, RequestBuilder, Response};
use serde_json::{Value, json};

/// The maximum time for a pairing. Normally it takes well under a second, so the limit matters only on a very busy
/// machine.
const LINKED_WITHIN: Duration = Duration::from_secs(60);

/// The pause between two checks of an account.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// A client of the REST API at one address.
pub(crate) struct Api {
    http: reqwest::Client,
    base: String,
    key: Option<String>,
}

impl Api {
    /// A client that is not signed in.
    pub(crate) fn new(base: String) -> anyhow::Result<Self> {
        Ok(Self { http: reqwest::Client::builder().no_proxy().build()?, base, key: None })
    }

    /// Opens the one-time setup link of the first start. From then on, this client uses an API key of the new
    /// Owner.
    pub(crate) async fn set_up(
        &mut self,
        token: &str,
        email: &str,
        password: &str,
    ) -> anyhow::Result<String> {
        let owner = json!({ "token": token, "email": email, "password": password });
        let session = self.send(Method::POST, "/setup", Some(owner)).await?;
        self.key = Some(text(&session, "accessToken")?);
        let key = self.send(Method::POST, "/api-keys", Some(json!({ "name": "demo" }))).await?;
        let key = text(&key, "key")?;
        self.key = Some(key.clone());
        Ok(key)
    }

    /// Creates an account and returns its id.
    pub(crate) async fn connect(&self, name: &str) -> anyhow::Result<String> {
        let account =
            self.send(Method::POST, "/whatsapp/connect", Some(json!({ "displayName": name }))).await?;
        text(&account, "id")
    }

    /// The text of the QR code to scan now.
    pub(crate) async fn qr_code(&self, account: &str) -> anyhow::Result<String> {
        text(&self.send(Method::GET, &format!("/whatsapp/qr-code/{account}"), None).await?, "qrCode")
    }

    /// The account's `connectionStatus`.
    async fn connection_status(&self, account: &str) -> anyhow::Result<String> {
        text(
            &self.send(Method::GET, &format!("/whatsapp/accounts/{account}"), None).await?,
            "connectionStatus",
        )
    }

    /// Returns the account's `connectionStatus` when it is connected. Fails as soon as the account has failed.
    pub(crate) async fn wait_until_connected(&self, account: &str) -> anyhow::Result<String> {
        let connected = async {
            loop {
                let status = self.connection_status(account).await?;
                if status == "Connected" {
                    return anyhow::Ok(status);
                }
                ensure!(status != "Failed", "the account is {status}");
                tokio::time::sleep(LOOK_EVERY).await;
            }
        };
        tokio::time::timeout(LINKED_WITHIN, connected).await.context("an account did not connect in time")?
    }

    /// The id and the display name of the newest account that waits for a phone to scan its QR code.
    pub(crate) async fn waiting_for_a_scan(&self) -> anyhow::Result<Option<(String, String)>> {
        let page = self.send(Method::GET, "/whatsapp/accounts?status=Connecting&limit=200", None).await?;
        let waiting = page["data"]
            .as_array()
            .and_then(|accounts| accounts.iter().rev().find(|account| account["pairing"]["step"] == "qr"));
        waiting.map(|account| Ok((text(account, "id")?, text(account, "displayName")?))).transpose()
    }

    async fn send(&self, method: Method, path: &str, body: Option<Value>) -> anyhow::Result<Value> {
        let mut request = self.http.request(method, format!("{}/api/v1{path}", self.base));
        if let Some(body) = &body {
            request = request.json(body);
        }
        let response = self.signed(request).send().await?;
        read(response).await.with_context(|| path.to_owned())
    }

    fn signed(&self, request: RequestBuilder) -> RequestBuilder {
        match &self.key {
            Some(key) => request.bearer_auth(key),
            None => request,
        }
    }
}

async fn read(response: Response) -> anyhow::Result<Value> {
    let status = response.status();
    let body: Value = response.json().await?;
    if !status.is_success() {
        bail!("{status}: {}", body["detail"].as_str().unwrap_or_default());
    }
    Ok(body)
}

fn text(body: &Value, field: &str) -> anyhow::Result<String> {
    body[field].as_str().map(str::to_owned).with_context(|| format!("the answer has no {field}"))
}
