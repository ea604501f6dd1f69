//! What all accounts share to connect to WhatsApp.

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

/// The maximum number of proxy tests at the same time. Each holds a socket for some seconds.
const CHECKS: usize = 8;

/// Opens connections for any account.
pub struct Connector {
    pub(in crate::whatsapp) runtime: Arc<dyn Runtime>,
    pub(in crate::whatsapp) versions: Versions,
    endpoint: Url,
    tls: Arc<ClientConfig>,
    direct: Arc<Route>,
    /// The routes in use. A route is dropped with the last account that uses it.
    proxied: Mutex<HashMap<ProxyUrl, Weak<Route>>>,
    /// Where messages are passed; set once, before the first account connects.
    messages: OnceLock<Arc<dyn MessagePort>>,
    pub(super) checks: Semaphore,
}

impl Connector {
    /// Connects to WhatsApp, or to `endpoint` in its place.
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

    /// From now on, arrivals are passed to `port` before they are acknowledged. Without a port, messages are
    /// acknowledged and dropped.
    pub fn deliver_to(&self, port: Arc<dyn MessagePort>) {
        // Only one place builds the server, so the port is set once.
        let _already_set = self.messages.set(port);
    }

    pub(in crate::whatsapp) fn message_port(&self) -> Option<Arc<dyn MessagePort>> {
        self.messages.get().cloned()
    }

    /// The route for an account with this proxy, or without one. Accounts with the same proxy and login share a
    /// route, as long as one of them holds it.
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
