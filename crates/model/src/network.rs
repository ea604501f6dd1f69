//! Blocks of IP addresses, such as `192.0.2.0/24` and `2001:db8::/32`. This module uses only `core`, which has IP
//! addresses but no sockets.

use core::net::IpAddr;
use std::fmt;
use std::str::FromStr;

use ipnet::{IpNet, Ipv4Net};
use serde::{Deserialize, Serialize};

/// A block of IP addresses. A single address is a block, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Network(IpNet);

/// The text is not a block of IP addresses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be a network such as 192.0.2.0/24 or 2001:db8::/32, or an address")]
pub struct InvalidNetwork;

impl Network {
    /// Whether `address` is in the block. An IPv4 address written as IPv6 is treated as the IPv4 address.
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.contains(&address.to_canonical())
    }

    /// Whether every address of `other` is in this block.
    pub fn covers(&self, other: &Self) -> bool {
        self.0.contains(&other.0)
    }

    /// Whether the block contains all addresses of its IP version.
    pub fn is_everything(&self) -> bool {
        self.0.prefix_len() == 0
    }
}

impl FromStr for Network {
    type Err = InvalidNetwork;

    /// Ignores the bits after the prefix, so `192.0.2.7/24` is the same as `192.0.2.0/24`.
    fn from_str(text: &str) -> Result<Self, InvalidNetwork> {
        let network = match text.parse::<IpNet>() {
            Ok(network) => network,
            Err(_) => text.parse::<IpAddr>().map_err(|_| InvalidNetwork)?.into(),
        };
        let IpNet::V6(v6) = network else { return Ok(Self(network.trunc())) };
        match (v6.addr().to_ipv4_mapped(), v6.prefix_len().checked_sub(96)) {
            (Some(v4), Some(prefix)) => {
                let v4 = Ipv4Net::new(v4, prefix).map_err(|_| InvalidNetwork)?;
                Ok(Self(v4.trunc().into()))
            }
            _ => Ok(Self(network.trunc())),
        }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl TryFrom<String> for Network {
    type Error = InvalidNetwork;

    fn try_from(text: String) -> Result<Self, InvalidNetwork> {
        text.parse()
    }
}

impl From<Network> for String {
    fn from(network: Network) -> Self {
        network.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(text: &str) -> Network {
        text.parse().unwrap()
    }

    #[test]
    fn all_spellings_of_a_network_are_stored_the_same() {
        for (text, name) in [
            ("192.0.2.7/24", "192.0.2.0/24"),
            ("192.0.2.7", "192.0.2.7/32"),
            ("2001:DB8:0::1/32", "2001:db8::/32"),
            ("::1", "::1/128"),
            ("::ffff:192.0.2.7/120", "192.0.2.0/24"),
        ] {
            assert_eq!(network(text).to_string(), name);
        }
        for text in ["", "192.0.2.0/33", "192.0.2", "example.org", "2001:db8::/129", " 192.0.2.1"] {
            assert_eq!(text.parse::<Network>(), Err(InvalidNetwork), "{text}");
        }
    }

    #[test]
    fn an_address_matches_its_network_in_every_spelling() {
        let block = network("192.0.2.0/24");
        for (address, inside) in
            [("192.0.2.255", true), ("::ffff:192.0.2.1", true), ("192.0.3.0", false), ("2001:db8::1", false)]
        {
            assert_eq!(block.contains(address.parse().unwrap()), inside, "{address}");
        }
        assert!(block.covers(&network("192.0.2.128/25")) && !block.covers(&network("192.0.0.0/16")));
        assert!(!network("::/0").covers(&block));
        assert!(network("::/0").is_everything() && !block.is_everything());
    }
}
