//! The API for a caller whose server may be down: it repeats each request until the server answers.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context as _, bail};
use serde_json::Value;

const REST: Duration = Duration::from_millis(100);
const TRIES: usize = 6_000;

#[derive(Clone)]
pub struct Api {
    http: reqwest::Client,
    base: String,
    key: String,
}

impl Api {
    pub fn new(address: SocketAddr, key: &str) -> anyhow::Result<Self> {
        let http = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(30)).build()?;
        Ok(Self { http, base: format!("http://{address}/api/v1"), key: key.to_owned() })
    }

    /// Sends a message until the API accepts it.
    pub async fn accepted(&self, path: &str, idempotency_key: &str, body: &Value) -> anyhow::Result<()> {
        let request = || {
            self.http
                .post(format!("{}{path}", self.base))
                .bearer_auth(&self.key)
                .header("idempotency-key", idempotency_key)
                .json(body)
        };
        self.until_good(request).await.map(drop)
    }

    pub async fn post(&self, path: &str) -> anyhow::Result<()> {
        let request = || self.http.post(format!("{}{path}", self.base)).bearer_auth(&self.key);
        self.until_good(request).await.map(drop)
    }

    pub async fn get(&self, path: &str) -> anyhow::Result<Value> {
        self.until_good(|| self.http.get(format!("{}{path}", self.base)).bearer_auth(&self.key)).await
    }

    /// All pages of a list. `parameter` is the name of the query parameter for the cursor.
    pub async fn all(&self, path: &str, parameter: &str) -> anyhow::Result<Vec<Value>> {
        let (mut all, mut more) = (Vec::new(), String::new());
        loop {
            let page = self.get(&format!("{path}{more}")).await?;
            let data = page["data"].as_array().context("a list")?;
            all.extend(data.iter().cloned());
            match page["nextCursor"].as_str() {
                Some(next) if !data.is_empty() => more = format!("&{parameter}={next}"),
                _ => return Ok(all),
            }
        }
    }

    async fn until_good(&self, request: impl Fn() -> reqwest::RequestBuilder) -> anyhow::Result<Value> {
        let mut last = String::new();
        for _ in 0..TRIES {
            match request().send().await {
                Ok(answer) => {
                    let (status, body) = (answer.status(), answer.bytes().await);
                    match body {
                        Ok(body) if status.is_success() => {
                            return Ok(serde_json::from_slice(&body).unwrap_or_default());
                        }
                        Ok(body) if status.is_client_error() && status != 429 && status != 409 => {
                            bail!("{status}: {}", String::from_utf8_lossy(&body));
                        }
                        Ok(body) => last = format!("{status}: {}", String::from_utf8_lossy(&body)),
                        Err(error) => last = error.to_string(),
                    }
                }
                Err(error) => last = error.to_string(),
            }
            tokio::time::sleep(REST).await;
        }
        bail!("no good answer in time: {last}")
    }
}
