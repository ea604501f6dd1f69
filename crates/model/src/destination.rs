//! To which addresses the server may connect when a caller names the address: the public internet, and the
//! networks that the operator allows. This module only decides. `server::guard` resolves names and asks this
//! module about each address.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::LazyLock;

use crate::network::Network;

/// IPv4 networks that are not the public internet: IANA's special-purpose registry, multicast, and the addresses
/// at which clouds serve metadata.
const INSIDE_V4: &[&str] = &[
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.88.99.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
    // Every Azure virtual machine reaches its host at this address.
    "168.63.129.16/32",
];

/// The only part of IPv6 that has public hosts.
const PUBLIC_V6: &str = "2000::/3";

/// The parts of [`PUBLIC_V6`] that are not public: addresses of protocols (including Teredo), documentation, and
/// 6to4.
const INSIDE_V6: &[&str] = &["2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"];

/// IPv6 addresses that a translator maps to IPv4 addresses (RFC 6052).
const NAT64: &str = "64:ff9b::/96";

static TABLES: LazyLock<Tables> = LazyLock::new(|| Tables {
    inside: INSIDE_V4.iter().chain(INSIDE_V6).map(|text| network(text)).collect(),
    public_v6: network(PUBLIC_V6),
    nat64: network(NAT64),
});

struct Tables {
    inside: Vec<Network>,
    public_v6: Network,
    nat64: Network,
}

/// Whether the server may connect to an address, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// A host of the public internet.
    Public,
    /// The address is not public, but in a network that the operator allows.
    Named,
    /// The address is neither public nor allowed: this machine, a private network, multicast, a cloud's metadata,
    /// and the like.
    Inside,
}

/// The networks outside the public internet that the operator allows. By default, there are none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Allowed(Vec<Network>);

impl Allowed {
    /// Allows these networks, in addition to the public internet.
    pub const fn new(networks: Vec<Network>) -> Self {
        Self(networks)
    }

    /// Classifies `address`. An IPv6 address that stands for an IPv4 address is classified like the IPv4 address.
    /// Then the operator may allow a network that contains either of the two forms.
    pub fn standing(&self, address: IpAddr) -> Standing {
        let meant = meant(address);
        if is_public(meant) {
            Standing::Public
        } else if self.0.iter().any(|network| network.contains(meant) || network.contains(address)) {
            Standing::Named
        } else {
            Standing::Inside
        }
    }
}

/// The address that `address` stands for. This is an IPv4 address if `address` is an IPv4 address written as IPv6,
/// or an address that a translator maps to IPv4 (`NAT64`). Otherwise it is `address` itself.
fn meant(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) if TABLES.nat64.contains(IpAddr::V6(v6)) => last_four(v6).into(),
        address => address,
    }
}

fn last_four(v6: Ipv6Addr) -> Ipv4Addr {
    let [.., a, b, c, d] = v6.octets();
    Ipv4Addr::new(a, b, c, d)
}

fn is_public(address: IpAddr) -> bool {
    let of_the_internet = address.is_ipv4() || TABLES.public_v6.contains(address);
    of_the_internet && !TABLES.inside.iter().any(|network| network.contains(address))
}

fn network(text: &str) -> Network {
    text.parse().expect("the tables of this module hold networks")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing(allowed: &[&str], address: &str) -> Standing {
        let allowed = Allowed::new(allowed.iter().map(|text| network(text)).collect());
        allowed.standing(address.parse().unwrap())
    }

    #[test]
    fn public_hosts_are_recognised() {
        for address in [
            "8.8.8.8",
            "100.63.255.255",
            "172.32.0.1",
            "2606:4700::1111",
            "::ffff:8.8.8.8",
            "64:ff9b::808:808",
        ] {
            assert_eq!(standing(&[], address), Standing::Public, "{address}");
        }
    }

    #[test]
    fn internal_addresses_are_recognised_in_every_spelling() {
        for address in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "100.100.100.200",
            "127.0.0.1",
            "127.255.255.254",
            "168.63.129.16",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.192",
            "192.168.0.1",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b:1::7f00:1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert_eq!(standing(&[], address), Standing::Inside, "{address}");
        }
    }

    #[test]
    fn only_the_hosts_that_the_operator_allowed_may_be_reached() {
        let allowed = ["127.0.0.1", "fd00::/8"];
        for address in ["127.0.0.1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "fd00::7"] {
            assert_eq!(standing(&allowed, address), Standing::Named, "{address}");
        }
        for address in ["127.0.0.2", "10.0.0.1", "fe80::1"] {
            assert_eq!(standing(&allowed, address), Standing::Inside, "{address}");
        }
    }
}
