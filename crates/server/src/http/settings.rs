//! The part of the configuration that HTTP needs.

use linekeeper_model::network::Network;
use url::Url;

use super::connections::Capacity;

/// See the module.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Where browsers find this server, if that is not the listening address.
    pub public_url: Option<Url>,
    /// The proxies that are believed when they say whom they speak for.
    pub trusted_proxies: Vec<Network>,
    /// How much may be under way at one time.
    pub capacity: Capacity,
}

impl Settings {
    /// Whether browsers come over TLS, so that cookies may be bound to it.
    pub(super) fn is_https(&self) -> bool {
        self.public_url.as_ref().is_some_and(|url| url.scheme() == "https")
    }
}
