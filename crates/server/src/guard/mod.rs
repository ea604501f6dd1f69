//! Guards connections to addresses that callers choose, for webhooks and for files by URL. The guard resolves a
//! host name, checks every address, and connects only to a checked address. So the name server cannot return
//! another address after the check.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use linekeeper_model::destination::{Allowed, Standing};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use rustls::ClientConfig;
use url::{Host, Url};

/// The time limit for a name lookup.
const RESOLVE_WITHIN: Duration = Duration::from_secs(10);

/// Decides which addresses the server may connect to. Cloning it is cheap.
#[derive(Debug, Clone, Default)]
pub struct Guard {
    allowed: Arc<Allowed>,
}

/// A destination that the guard allows the server to connect to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// The addresses to connect to. There is at least one.
    pub addresses: Vec<SocketAddr>,
    /// Whether all these addresses are in networks that the operator allowed. Only then may `http` be used.
    pub is_named: bool,
}

/// Why no connection is made.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// The URL is neither `http` nor `https`, or it has no host.
    #[error("it is no http or https address")]
    NoAddress,
    /// The host name could not be resolved.
    #[error("its name could not be resolved")]
    Unresolved(#[source] std::io::Error),
    /// All addresses of the host belong to this machine or a private network, or are otherwise not public.
    #[error("it leads into a private network")]
    Inside,
}

impl Guard {
    /// Allows connections to the public internet and to `allowed`.
    pub fn new(allowed: Allowed) -> Self {
        Self { allowed: Arc::new(allowed) }
    }

    /// Returns the addresses of `url` that the server may connect to.
    pub async fn resolve(&self, url: &Url) -> Result<Destination, Refused> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(Refused::NoAddress);
        }
        let port = url.port_or_known_default().ok_or(Refused::NoAddress)?;
        let found = match url.host().ok_or(Refused::NoAddress)? {
            Host::Ipv4(address) => vec![IpAddr::V4(address)],
            Host::Ipv6(address) => vec![IpAddr::V6(address)],
            Host::Domain(name) => look_up(name).await.map_err(Refused::Unresolved)?,
        };
        self.admit(&found, port)
    }

    /// An HTTP client whose host names are all resolved through this guard. Use it only for URLs that passed
    /// [`Guard::resolve`]: an IP address in a URL is not resolved, so only that call checks it. The client follows
    /// no redirects and uses no proxy.
    pub fn client(&self, tls: &ClientConfig) -> reqwest::ClientBuilder {
        reqwest::Client::builder()
            .tls_backend_preconfigured(tls.clone())
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .dns_resolver(self.clone())
    }

    fn admit(&self, found: &[IpAddr], port: u16) -> Result<Destination, Refused> {
        let mut is_named = true;
        let mut addresses = Vec::with_capacity(found.len());
        for address in found {
            match self.allowed.standing(*address) {
                Standing::Inside => continue,
                Standing::Named => {}
                Standing::Public => is_named = false,
            }
            addresses.push(SocketAddr::new(*address, port));
        }
        if addresses.is_empty() { Err(Refused::Inside) } else { Ok(Destination { addresses, is_named }) }
    }
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = self.clone();
        Box::pin(async move {
            let found = look_up(name.as_str()).await?;
            let Destination { addresses, .. } = guard.admit(&found, 0)?;
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

async fn look_up(name: &str) -> std::io::Result<Vec<IpAddr>> {
    let found = tokio::time::timeout(RESOLVE_WITHIN, tokio::net::lookup_host((name, 0))).await??;
    Ok(found.map(|address| address.ip()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::str::FromStr as _;

    fn url(text: &str) -> Url {
        text.parse().unwrap()
    }

    #[tokio::test]
    async fn internal_addresses_are_refused_in_every_spelling() {
        let guard = Guard::default();
        for text in [
            "http://localhost/",
            "http://127.1/",
            "http://2130706433/",
            "http://0x7f.0.0.1/",
            "http://0177.0.0.1/",
            "http://[::1]:8080/",
            "http://[::ffff:127.0.0.1]/",
            "http://[64:ff9b::7f00:1]/",
            "https://169.254.169.254/latest/meta-data/",
            "http://0/",
        ] {
            let refused = guard.resolve(&url(text)).await;
            assert!(matches!(refused, Err(Refused::Inside)), "{text}: {refused:?}");
        }
        // Some resolvers do not know this name, so any error is accepted.
        guard.resolve(&url("http://localhost./")).await.unwrap_err();
        for text in ["file:///etc/passwd", "ftp://192.0.2.1/"] {
            assert!(matches!(guard.resolve(&url(text)).await, Err(Refused::NoAddress)), "{text}");
        }
    }

    #[tokio::test]
    async fn the_guard_returns_only_the_allowed_addresses_of_a_host() {
        let named = Guard::new(Allowed::new(vec!["127.0.0.1".parse().unwrap()]));
        let passed = named.resolve(&url("http://127.0.0.1:8080/x")).await.unwrap();
        assert_eq!((passed.addresses, passed.is_named), (vec!["127.0.0.1:8080".parse().unwrap()], true));
        let public = named.resolve(&url("https://8.8.8.8/")).await.unwrap();
        assert_eq!((public.addresses, public.is_named), (vec!["8.8.8.8:443".parse().unwrap()], false));
        let mixed = named.admit(&["8.8.8.8".parse().unwrap(), "10.0.0.1".parse().unwrap()], 1).unwrap();
        assert_eq!(mixed.addresses, ["8.8.8.8:1".parse().unwrap()]);
    }

    #[tokio::test]
    async fn the_client_resolves_an_internal_name_only_if_its_network_is_allowed() {
        let name = || Name::from_str("localhost").unwrap();
        assert!(Resolve::resolve(&Guard::default(), name()).await.is_err());
        let named = Guard::new(Allowed::new(vec!["127.0.0.0/8".parse().unwrap(), "::1".parse().unwrap()]));
        assert!(Resolve::resolve(&named, name()).await.unwrap().next().is_some());
    }
}
