//! The part of the configuration that HTTP needs.

use linekeeper_model::network::Network;
use url::Url;

use super::connections::Capacity;

/// The settings of the HTTP server.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// The address of this server for browsers, if it is not the listening address.
    pub public_url: Option<Url>,
    /// The trusted proxies. The server believes the client address that such a proxy sends.
    pub trusted_proxies: Vec<Network>,
    /// The maximum numbers of connections and requests.
    pub capacity: Capacity,
}

impl Settings {
    /// Whether browsers connect over TLS, so that cookies can be marked as secure.
    pub(super) fn is_https(&self) -> bool {
        self.public_url.as_ref().is_some_and(|url| url.scheme() == "https")
    }
}
