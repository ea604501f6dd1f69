//! What all accounts share to connect to WhatsApp: the routes, the version and the port for messages.

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
use crate::whatsapp::messages::{Busy, MessagePort};

/// The maximum number of simultaneous proxy tests. Each test holds a socket for some seconds.
const CHECKS: usize = 8;

/// Opens connections to WhatsApp for all accounts.
pub struct Connector {
    pub(in crate::whatsapp) runtime: Arc<dyn Runtime>,
    /// Counts the accounts that receive messages. They share the limit of messages in work.
    pub(in crate::whatsapp) busy: Arc<Busy>,
    pub(in crate::whatsapp) versions: Versions,
    endpoint: Url,
    tls: Arc<ClientConfig>,
    direct: Arc<Route>,
    /// The routes through proxies. A route is dropped when no account uses it any more.
    proxied: Mutex<HashMap<ProxyUrl, Weak<Route>>>,
    /// The port to which messages are passed. It is set once, before the first account connects.
    messages: OnceLock<Arc<dyn MessagePort>>,
    pub(super) checks: Semaphore,
}

impl Connector {
    /// Creates a connector to WhatsApp's server, or to `endpoint` instead.
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
            busy: Arc::default(),
            versions,
            direct: Arc::new(Route::new(endpoint.clone(), tls.clone(), None)?),
            endpoint,
            tls,
            proxied: Mutex::default(),
            messages: OnceLock::new(),
            checks: Semaphore::new(CHECKS),
        })
    }

    /// Sets the port that gets inbound messages before they are acknowledged. Without a port, messages are acknowledged
    /// and dropped.
    pub fn deliver_to(&self, port: Arc<dyn MessagePort>) {
        // The port is set only once, because only one place in the code builds the server.
        let _already_set = self.messages.set(port);
    }

    pub(in crate::whatsapp) fn message_port(&self) -> Option<Arc<dyn MessagePort>> {
        self.messages.get().cloned()
    }

    /// Returns the route for an account with this proxy, or the direct route. Accounts with the same proxy and the
    /// same login share a route as long as one of them uses it.
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
