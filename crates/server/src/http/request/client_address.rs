//! Where a request came from. This is the address of the socket's peer. If the peer is a trusted proxy, it is the
//! address that the proxy names in `X-Forwarded-For`. The header of any other peer is ignored, because anybody can
//! write it.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use axum::extract::{FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap};
use linekeeper_model::network::Network;

/// A state that knows which proxies are trusted.
pub(in crate::http) trait Behind: Send + Sync {
    /// The proxies that are trusted to name the address of their client.
    fn trusted_proxies(&self) -> &[Network];
}

/// The peer of the socket. `connections` adds it to the extensions of each request.
#[derive(Debug, Clone, Copy)]
pub(in crate::http) struct Peer(pub SocketAddr);

/// The exact address that a request came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::http) struct ClientIp(pub IpAddr);

impl ClientIp {
    pub fn of(parts: &Parts, server: &impl Behind) -> Self {
        Self::from(&parts.extensions, &parts.headers, server)
    }

    pub fn of_request(request: &Request, server: &impl Behind) -> Self {
        Self::from(request.extensions(), request.headers(), server)
    }

    fn from(extensions: &Extensions, headers: &HeaderMap, server: &impl Behind) -> Self {
        let peer = extensions.get::<Peer>().map_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED), |peer| peer.0.ip());
        Self(behind(server.trusted_proxies(), peer, headers))
    }
}

impl<S: Behind> FromRequestParts<S> for ClientIp {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, server: &S) -> Result<Self, Infallible> {
        Ok(Self::of(parts, server))
    }
}

/// The key for counting attempts: an IPv4 address, or the /64 network of an IPv6 address, which usually belongs to
/// one customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::http) struct ClientAddress(pub IpAddr);

impl From<IpAddr> for ClientAddress {
    fn from(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(v4) => Self(v4.into()),
            IpAddr::V6(v6) => {
                let network = u128::from(v6) >> 64 << 64;
                Self(Ipv6Addr::from(network).into())
            }
        }
    }
}

impl<S: Behind> FromRequestParts<S> for ClientAddress {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, server: &S) -> Result<Self, Infallible> {
        Ok(ClientIp::of(parts, server).0.into())
    }
}

/// Returns the client's address. Goes through the addresses from the peer towards the client, and stops at the first
/// one that is not a trusted proxy. Each proxy appends the address that it received the request from. So text that the
/// client itself wrote into the header comes only after that address, and is never used.
fn behind(trusted: &[Network], peer: IpAddr, headers: &HeaderMap) -> IpAddr {
    let mut nearest = peer.to_canonical();
    for line in headers.get_all("x-forwarded-for").iter().rev() {
        for hop in line.as_bytes().rsplit(|byte| *byte == b',') {
            if !trusted.iter().any(|network| network.contains(nearest)) {
                return nearest;
            }
            let Some(next) = std::str::from_utf8(hop).ok().and_then(address) else { return nearest };
            nearest = next.to_canonical();
        }
    }
    nearest
}

/// Parses a forwarded address. Some proxies add a port to it.
fn address(hop: &str) -> Option<IpAddr> {
    let hop = hop.trim();
    let bracketed = || hop.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    hop.parse().ok().or_else(|| hop.parse::<SocketAddr>().ok().map(|socket| socket.ip())).or_else(bracketed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(text: &str) -> ClientAddress {
        text.parse::<IpAddr>().unwrap().into()
    }

    #[test]
    fn an_ipv6_network_of_one_customer_counts_as_one_address() {
        assert_eq!(counted("2001:db8:1:2:3::4"), counted("2001:db8:1:2:ffff::1"));
        assert_ne!(counted("2001:db8:1:2::1"), counted("2001:db8:1:3::1"));
        assert_eq!(counted("::ffff:192.0.2.1"), counted("192.0.2.1"));
        assert_ne!(counted("192.0.2.1"), counted("192.0.2.2"));
    }

    /// The client of a request from `peer`, if 10.0.0.0/8 and fd00::/8 are trusted.
    fn client(peer: &str, forwarded: &[&'static str]) -> String {
        let trusted = ["10.0.0.0/8", "fd00::/8"].map(|network| network.parse().unwrap());
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append("x-forwarded-for", axum::http::HeaderValue::from_static(line));
        }
        behind(&trusted, peer.parse().unwrap(), &headers).to_string()
    }

    #[test]
    fn a_forwarded_address_is_used_only_if_a_trusted_proxy_sent_it() {
        assert_eq!(client("198.51.100.7", &["192.0.2.1"]), "198.51.100.7");
        assert_eq!(client("10.0.0.1", &["192.0.2.1"]), "192.0.2.1");
        assert_eq!(client("::ffff:10.0.0.1", &["192.0.2.1"]), "192.0.2.1");
        assert_eq!(client("10.0.0.1", &[]), "10.0.0.1");
    }

    #[test]
    fn forwarded_addresses_that_the_client_wrote_itself_are_ignored() {
        assert_eq!(client("10.0.0.1", &["203.0.113.9, 192.0.2.1"]), "192.0.2.1");
        assert_eq!(client("10.0.0.1", &["10.0.0.9, 192.0.2.1, 10.0.0.2"]), "192.0.2.1");
        assert_eq!(client("10.0.0.1", &["203.0.113.9", "192.0.2.1, fd00::1"]), "192.0.2.1");
        assert_eq!(client("10.0.0.1", &["203.0.113.9, rubbish, 10.0.0.2"]), "10.0.0.2");
        assert_eq!(client("10.0.0.1", &["203.0.113.9, "]), "10.0.0.1");
    }

    #[test]
    fn ports_in_forwarded_addresses_are_ignored() {
        for hop in ["192.0.2.1", "192.0.2.1:8080", " 192.0.2.1 ", "::ffff:192.0.2.1"] {
            assert_eq!(address(hop).unwrap().to_canonical().to_string(), "192.0.2.1", "{hop}");
        }
        for hop in ["2001:db8::1", "[2001:db8::1]", "[2001:db8::1]:8080"] {
            assert_eq!(address(hop).unwrap().to_string(), "2001:db8::1", "{hop}");
        }
        assert_eq!(address("unknown"), None);
    }
}
