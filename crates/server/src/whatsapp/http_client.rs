//! HTTP for the library: its version look-up now, media later. Bounded in time and size, and never
//! through a proxy of the environment that nobody chose.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::StreamExt;
use rustls::ClientConfig;
use whatsapp_rust::anyhow::{self, Context as _};
use whatsapp_rust::http::{HttpClient, HttpRequest, HttpResponse};

/// For the whole exchange.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);
/// For the connection alone.
const CONNECT_WITHIN: Duration = Duration::from_secs(10);
/// Largest answer that is read into memory: `sw.js` is far smaller, and media will be streamed.
const LARGEST_BODY: usize = 16 * 1024 * 1024;

/// One client for all accounts.
pub(super) struct BoundedHttp(reqwest::Client);

impl BoundedHttp {
    /// A client with our TLS configuration.
    pub(super) fn new(tls: &Arc<ClientConfig>) -> Result<Self, reqwest::Error> {
        reqwest::Client::builder()
            .tls_backend_preconfigured(ClientConfig::clone(tls))
            .no_proxy()
            .connect_timeout(CONNECT_WITHIN)
            .timeout(ANSWER_WITHIN)
            .build()
            .map(Self)
    }
}

#[async_trait]
impl HttpClient for BoundedHttp {
    async fn execute(&self, request: HttpRequest) -> anyhow::Result<HttpResponse> {
        let method = reqwest::Method::from_bytes(request.method.as_bytes()).context("unknown method")?;
        let mut outgoing = self.0.request(method, request.url);
        for (name, value) in request.headers {
            outgoing = outgoing.header(name, value);
        }
        if let Some(body) = request.body {
            outgoing = outgoing.body(body);
        }
        // The library wants every completed exchange as Ok, 4xx and 5xx included.
        let answer = outgoing.send().await.map_err(reqwest::Error::without_url)?;
        let status_code = answer.status().as_u16();
        let mut body = Vec::new();
        let mut chunks = answer.bytes_stream();
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk.map_err(reqwest::Error::without_url)?;
            anyhow::ensure!(
                body.len() + chunk.len() <= LARGEST_BODY,
                "answer larger than {LARGEST_BODY} bytes"
            );
            body.extend_from_slice(&chunk);
        }
        Ok(HttpResponse { status_code, body })
    }
}
