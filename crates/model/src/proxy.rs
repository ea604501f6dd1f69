//! The proxy of one account. Its address is a secret, because it contains a password.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use url::{Host, Url};

use crate::secret::Secret;

/// The address of a proxy, such as `socks5://[user:password@]host:port`. With `http://` or `https://`, connections use
/// HTTP CONNECT. The proxy resolves host names.
#[derive(Clone)]
pub struct ProxyUrl {
    kind: ProxyKind,
    host: String,
    port: u16,
    login: Option<Secret<(String, String)>>,
}

/// The protocol of a proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProxyKind {
    /// SOCKS version 5 (RFC 1928; RFC 1929 for user and password).
    Socks5,
    /// HTTP CONNECT over plain TCP.
    Http,
    /// HTTP CONNECT over TLS.
    Https,
}

/// The text is not the address of a proxy. The error message never repeats the text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be socks5://, http:// or https:// with a host and a port, and with a user and password where it asks for them; \
     percent-encode what is special in a URL: / as %2F, @ as %40, : as %3A"
)]
pub struct InvalidProxy;

impl ProxyUrl {
    /// The protocol of the proxy.
    pub const fn kind(&self) -> ProxyKind {
        self.kind
    }

    /// The host name or IP address, without brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The proxy's port.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// The user and the password, decoded.
    pub fn login(&self) -> Option<(&str, &str)> {
        self.login.as_ref().map(|login| (login.expose().0.as_str(), login.expose().1.as_str()))
    }

    /// The whole address with its password, to be stored encrypted. Parsing the text gives an equal address.
    pub fn expose(&self) -> Secret<String> {
        let login = self.login().map_or_else(String::new, |(user, password)| {
            let encoded = |part| utf8_percent_encode(part, NON_ALPHANUMERIC);
            format!("{}:{}@", encoded(user), encoded(password))
        });
        Secret::new(format!("{}://{login}{}", self.kind.scheme(), self.authority()))
    }

    /// The host and the port, as a URL contains them.
    fn authority(&self) -> String {
        let Self { host, port, .. } = self;
        if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
    }
}

impl ProxyKind {
    const fn scheme(self) -> &'static str {
        match self {
            Self::Socks5 => "socks5",
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    /// Whether the protocol can transmit this user and password.
    fn can_carry(self, user: &str, password: &str) -> bool {
        match self {
            // SOCKS5 stores the length of the user name in one byte and the length of the password in one byte. Neither
            // may be empty (RFC 1929).
            Self::Socks5 => [user, password].iter().all(|part| (1..=255).contains(&part.len())),
            // In HTTP, the first colon separates the user from the password (RFC 7617).
            Self::Http | Self::Https => !user.is_empty() && !user.contains(':'),
        }
    }
}

impl FromStr for ProxyUrl {
    type Err = InvalidProxy;

    fn from_str(text: &str) -> Result<Self, InvalidProxy> {
        let url = Url::parse(text).map_err(|_| InvalidProxy)?;
        let (kind, default_port) = match url.scheme() {
            "socks5" | "socks5h" => (ProxyKind::Socks5, 1080),
            "http" => (ProxyKind::Http, 80),
            "https" => (ProxyKind::Https, 443),
            _ => return Err(InvalidProxy),
        };
        if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
            return Err(InvalidProxy);
        }
        let decode = |part: &str| {
            let text = percent_decode_str(part).decode_utf8().map_err(|_| InvalidProxy)?;
            if text.chars().any(char::is_control) { Err(InvalidProxy) } else { Ok(text.into_owned()) }
        };
        let login = match (url.username(), url.password()) {
            ("", None) => None,
            (user, password) => {
                let (user, password) = (decode(user)?, decode(password.unwrap_or_default())?);
                if !kind.can_carry(&user, &password) {
                    return Err(InvalidProxy);
                }
                Some(Secret::new((user, password)))
            }
        };
        let port = url.port().unwrap_or(default_port);
        if port == 0 {
            return Err(InvalidProxy);
        }
        Ok(Self { kind, host: host(&url)?, port, login })
    }
}

/// Checks the host, and returns it without the brackets of an IPv6 address. The `url` crate checks the host only for
/// web schemes (`http` and `https`), so this function checks it for all schemes.
fn host(url: &Url) -> Result<String, InvalidProxy> {
    let text = url.host_str().filter(|text| (1..=255).contains(&text.len())).ok_or(InvalidProxy)?;
    Ok(match Host::parse(text).map_err(|_| InvalidProxy)? {
        Host::Domain(name) => name,
        Host::Ipv4(address) => address.to_string(),
        Host::Ipv6(address) => address.to_string(),
    })
}

/// Shows the address without user and password.
impl fmt::Display for ProxyUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.kind.scheme(), self.authority())
    }
}

impl fmt::Debug for ProxyUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl PartialEq for ProxyUrl {
    fn eq(&self, other: &Self) -> bool {
        let parts = |proxy: &Self| (proxy.kind, proxy.port);
        parts(self) == parts(other) && self.host == other.host && self.login() == other.login()
    }
}

impl Eq for ProxyUrl {}

impl Hash for ProxyUrl {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.kind, &self.host, self.port, self.login()).hash(state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_proxy_address_is_parsed_and_written_back() {
        let proxy: ProxyUrl = "socks5://us%40er:p%3Ass@[::1]:9050".parse().unwrap();
        assert_eq!((proxy.kind(), proxy.host(), proxy.port()), (ProxyKind::Socks5, "::1", 9050));
        assert_eq!(proxy.login(), Some(("us@er", "p:ss")));
        assert_eq!(proxy.expose().expose().parse::<ProxyUrl>().unwrap(), proxy);
        assert_eq!("http://proxy.example".parse::<ProxyUrl>().unwrap().port(), 80);
        assert_eq!(
            "socks5h://Proxy.Example".parse::<ProxyUrl>().unwrap().to_string(),
            "socks5://proxy.example:1080"
        );
        assert_eq!("https://user@proxy.example".parse::<ProxyUrl>().unwrap().login(), Some(("user", "")));
    }

    #[test]
    fn display_and_debug_output_hide_the_password() {
        let proxy: ProxyUrl = "http://user:hunter2@proxy.example:3128".parse().unwrap();
        assert_eq!(format!("{proxy} {proxy:?}"), "http://proxy.example:3128 http://proxy.example:3128");
    }

    #[test]
    fn two_proxy_addresses_with_different_passwords_differ() {
        let [one, two] = ["one", "two"]
            .map(|password| format!("socks5://user:{password}@proxy.example").parse::<ProxyUrl>().unwrap());
        assert_ne!(one, two);
        assert_eq!(one, one.clone());
    }

    #[test]
    fn an_invalid_proxy_address_is_refused() {
        for text in [
            "",
            "proxy",
            "ftp://a:1",
            "http://",
            "http://a/path",
            "http://:p@a:1",
            "http://a%3Ab:p@c:1",
            "http://a:%0D%0A@c:1",
            "http://a:0",
            "socks4://a:1",
            "socks5://a b:1",
            "socks5://a%00b:1",
            "socks5://user@a:1",
            "socks5://user:pass/word@a:1",
            "http://user:12/34@a:1",
            "http://a?x=1",
        ] {
            assert_eq!(text.parse::<ProxyUrl>().err(), Some(InvalidProxy), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_user_and_password_are_read_back_unchanged(user in "[^:\\p{Cc}]{1,40}", password in "[^\\p{Cc}]{1,40}") {
            let login = Some(Secret::new((user, password)));
            let proxy = ProxyUrl { kind: ProxyKind::Socks5, host: "proxy.example".to_owned(), port: 1, login };
            prop_assert_eq!(proxy.expose().expose().parse::<ProxyUrl>(), Ok(proxy));
        }
    }
}
