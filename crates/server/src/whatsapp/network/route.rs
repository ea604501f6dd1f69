//! An account's route to WhatsApp: either direct, or always through one proxy. All accounts with the same proxy share
//! the route. Only the errors of sockets are kept for each account separately.

use std::sync::Arc;

use linekeeper_model::proxy::ProxyUrl;
use rustls::ClientConfig;
use url::Url;
use whatsapp_rust::anyhow;
use whatsapp_rust::http::{HttpClient, HttpRequest};

use super::http_client::{BoundedHttp, RouteError};

/// A route to WhatsApp: either direct, or through one proxy.
pub struct Route {
    pub(in crate::whatsapp) endpoint: Url,
    pub(in crate::whatsapp) tls: Arc<ClientConfig>,
    pub(in crate::whatsapp) proxy: Option<ProxyUrl>,
    http: Arc<dyn HttpClient>,
}

/// Why nothing was fetched.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The HTTP status of the answer was not a success.
    #[error("the answer was {0}")]
    Status(u16),
    /// There was no answer, or it was too large.
    #[error("{0:#}")]
    Failed(anyhow::Error),
}

impl Route {
    pub(in crate::whatsapp) fn new(
        endpoint: Url,
        tls: Arc<ClientConfig>,
        proxy: Option<ProxyUrl>,
    ) -> Result<Self, RouteError> {
        let http = Arc::new(BoundedHttp::new(&tls, proxy.as_ref())?);
        Ok(Self { endpoint, tls, proxy, http })
    }

    /// The HTTP client for this route.
    pub fn http(&self) -> Arc<dyn HttpClient> {
        self.http.clone()
    }

    /// Fetches a URL over this route, with the limits of its HTTP client.
    pub async fn fetch(&self, url: Url) -> Result<Vec<u8>, FetchError> {
        let answer = self.http.execute(HttpRequest::get(url)).await.map_err(FetchError::Failed)?;
        match answer.status_code {
            200..=299 => Ok(answer.body),
            status => Err(FetchError::Status(status)),
        }
    }
}
