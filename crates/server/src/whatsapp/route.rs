//! An account's way to WhatsApp: straight, or through one proxy and never past it. It is shared by all accounts
//! with the same proxy; only the sockets' troubles are an account's own.

use std::sync::Arc;

use linekeeper_model::proxy::ProxyUrl;
use rustls::ClientConfig;
use url::Url;
use whatsapp_rust::anyhow;
use whatsapp_rust::http::{HttpClient, HttpRequest};

use super::http_client::BoundedHttp;
use super::transport::WebSockets;

/// See the module.
pub struct Route {
    pub(super) endpoint: Url,
    pub(super) tls: Arc<ClientConfig>,
    pub(super) proxy: Option<ProxyUrl>,
    http: Arc<dyn HttpClient>,
}

/// A route cannot even be prepared. It never repeats the proxy's address.
#[derive(Debug, thiserror::Error)]
pub enum RouteError {
    /// The HTTP client cannot be set up.
    #[error("setting up the HTTP client: {0}")]
    Client(#[from] reqwest::Error),
    /// The HTTP client would not understand the proxy's address, and go past it.
    #[error("the HTTP client does not understand the proxy's address")]
    Address,
}

/// Nothing was fetched.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The answer was not a success.
    #[error("the answer was {0}")]
    Status(u16),
    /// There was no answer, or it was too large.
    #[error("{0:#}")]
    Failed(anyhow::Error),
}

impl Route {
    pub(super) fn new(
        endpoint: Url,
        tls: Arc<ClientConfig>,
        proxy: Option<ProxyUrl>,
    ) -> Result<Self, RouteError> {
        let http = Arc::new(BoundedHttp::new(&tls, proxy.as_ref())?);
        Ok(Self { endpoint, tls, proxy, http })
    }

    /// Sockets for one account; they remember the last trouble with the proxy.
    pub fn transports(self: &Arc<Self>) -> Arc<WebSockets> {
        Arc::new(WebSockets::new(self.clone()))
    }

    /// HTTP by the same way.
    pub fn http(&self) -> Arc<dyn HttpClient> {
        self.http.clone()
    }

    /// What lies at a URL, by the same way and within the same bounds.
    pub async fn fetch(&self, url: Url) -> Result<Vec<u8>, FetchError> {
        let answer = self.http.execute(HttpRequest::get(url)).await.map_err(FetchError::Failed)?;
        match answer.status_code {
            200..=299 => Ok(answer.body),
            status => Err(FetchError::Status(status)),
        }
    }
}
