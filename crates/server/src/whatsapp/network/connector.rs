//! What all accounts share on their way to WhatsApp.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};

use linekeeper_model::clock::Clock;
use linekeeper_model::proxy::ProxyUrl;
use linekeeper_storage::Storage;
use rustls::ClientConfig;
use tokio::sync::Semaphore;
use url::Url;
use whatsapp_rust::TokioRuntime;
use whatsapp_rust::wacore::net::WHATSAPP_WEB_WS_URL;
use whatsapp_rust::wacore::runtime::Runtime;

use super::http_client::RouteError;
use super::route::Route;
use super::version::{Fetcher, Versions};
use crate::whatsapp::messages::MessagePort;

/// Ways that are tried at the same time. Each holds a socket for some seconds.
const CHECKS: usize = 8;

/// Opens connections for any account.
pub struct Connector {
    pub(in crate::whatsapp) runtime: Arc<dyn Runtime>,
    pub(in crate::whatsapp) versions: Versions,
    endpoint: Url,
    tls: Arc<ClientConfig>,
    direct: Arc<Route>,
    /// Those in use: a route dies with the last account that goes by it.
    proxied: Mutex<HashMap<ProxyUrl, Weak<Route>>>,
    /// Where messages go; set once, before the first account connects.
    messages: OnceLock<Arc<dyn MessagePort>>,
    pub(super) checks: Semaphore,
}

impl Connector {
    /// Reaches WhatsApp, or `endpoint` in its place.
    pub fn new(
        endpoint: Option<Url>,
        tls: Arc<ClientConfig>,
        storage: Storage,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, RouteError> {
        let versions = match endpoint {
            Some(_) => Versions::BuiltIn,
            None => Versions::Fetched(Box::new(Fetcher::new(storage, clock))),
        };
        let endpoint = endpoint
            .unwrap_or_else(|| Url::parse(WHATSAPP_WEB_WS_URL).expect("the library's constant is a URL"));
        Ok(Self {
            runtime: Arc::new(TokioRuntime),
            versions,
            direct: Arc::new(Route::new(endpoint.clone(), tls.clone(), None)?),
            endpoint,
            tls,
            proxied: Mutex::default(),
            messages: OnceLock::new(),
            checks: Semaphore::new(CHECKS),
        })
    }

    /// From now on, what comes in is handed to `port` before it is acknowledged. Without a port, messages are acknowledged
    /// and dropped.
    pub fn deliver_to(&self, port: Arc<dyn MessagePort>) {
        // There is one place that puts the server together.
        let _already_set = self.messages.set(port);
    }

    pub(in crate::whatsapp) fn message_port(&self) -> Option<Arc<dyn MessagePort>> {
        self.messages.get().cloned()
    }

    /// The way for an account with this proxy, or with none. Accounts with the same proxy and login share one, as
    /// long as one of them holds it.
    pub fn route(&self, proxy: Option<&ProxyUrl>) -> Result<Arc<Route>, RouteError> {
        let Some(proxy) = proxy else { return Ok(self.direct.clone()) };
        let mut proxied = self.proxied.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(route) = proxied.get(proxy).and_then(Weak::upgrade) {
            return Ok(route);
        }
        proxied.retain(|_, route| route.strong_count() > 0);
        let route = Arc::new(Route::new(self.endpoint.clone(), self.tls.clone(), Some(proxy.clone()))?);
        proxied.insert(proxy.clone(), Arc::downgrade(&route));
        Ok(route)
    }
}
