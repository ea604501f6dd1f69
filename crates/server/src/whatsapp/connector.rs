//! What all accounts share on their way to WhatsApp.

use std::sync::Arc;

use linekeeper_model::clock::Clock;
use linekeeper_storage::Storage;
use rustls::ClientConfig;
use tokio::sync::Mutex;
use url::Url;
use whatsapp_rust::TokioRuntime;
use whatsapp_rust::http::HttpClient;
use whatsapp_rust::transport::TransportFactory;
use whatsapp_rust::wacore::net::WHATSAPP_WEB_WS_URL;
use whatsapp_rust::wacore::runtime::Runtime;

use super::http_client::BoundedHttp;
use super::transport::WebSockets;
use super::version::{Fetcher, Versions};

/// Opens connections for any account.
pub struct Connector {
    pub(super) runtime: Arc<dyn Runtime>,
    pub(super) transports: Arc<dyn TransportFactory>,
    pub(super) http: Arc<dyn HttpClient>,
    pub(super) versions: Versions,
}

impl Connector {
    /// Reaches WhatsApp, or `endpoint` in its place.
    pub fn new(
        endpoint: Option<Url>,
        tls: Arc<ClientConfig>,
        storage: Storage,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, reqwest::Error> {
        let http: Arc<dyn HttpClient> = Arc::new(BoundedHttp::new(&tls)?);
        let versions = match endpoint {
            Some(_) => Versions::BuiltIn,
            None => Versions::Fetched(Box::new(Fetcher {
                http: http.clone(),
                storage,
                clock,
                known: Mutex::new(None),
            })),
        };
        let endpoint = endpoint
            .unwrap_or_else(|| Url::parse(WHATSAPP_WEB_WS_URL).expect("the library's constant is a URL"));
        Ok(Self {
            runtime: Arc::new(TokioRuntime),
            transports: Arc::new(WebSockets { endpoint, tls }),
            http,
            versions,
        })
    }
}
