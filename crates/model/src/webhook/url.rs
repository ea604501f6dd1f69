//! The address of a webhook.

use std::fmt;
use std::str::FromStr;

use url::{Position, Url};

/// The maximum length, in characters.
const LONGEST: usize = 2_000;

/// An `https` or `http` address without a user name or password. Other code checks whether its host may be
/// reached.
#[derive(Clone, PartialEq, Eq)]
pub struct EndpointUrl(Url);

/// Why a text is not an allowed address. The error messages never repeat the text, because it may contain a
/// secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidEndpointUrl {
    /// The text is not an address.
    #[error("must be an address such as https://crm.example.org/hooks/whatsapp")]
    NotAnAddress,
    /// The scheme of the address is not `https` or `http`.
    #[error("must begin with https://")]
    Scheme,
    /// The address contains a user name or a password.
    #[error("must not contain a user name or a password: give a header instead")]
    Credentials,
    /// The address has a fragment (`#`).
    #[error("must not contain a fragment (#)")]
    Fragment,
    /// The address is too long.
    #[error("must have at most 2000 characters")]
    TooLong,
}

impl EndpointUrl {
    /// The whole address.
    pub const fn as_url(&self) -> &Url {
        &self.0
    }

    /// Whether the requests are not encrypted, so that others on the network can read them.
    pub fn is_plain_http(&self) -> bool {
        self.0.scheme() == "http"
    }

    /// The scheme, host and port. Unlike the rest of the address, they may appear in a log or a mail.
    pub fn origin(&self) -> &str {
        &self.0[..Position::BeforePath]
    }
}

impl FromStr for EndpointUrl {
    type Err = InvalidEndpointUrl;

    fn from_str(text: &str) -> Result<Self, InvalidEndpointUrl> {
        if text.chars().count() > LONGEST {
            return Err(InvalidEndpointUrl::TooLong);
        }
        // The URL parser removes these characters. A caller who sends them probably made a mistake, so they are
        // refused.
        if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err(InvalidEndpointUrl::NotAnAddress);
        }
        let url = Url::parse(text).map_err(|_| InvalidEndpointUrl::NotAnAddress)?;
        if !matches!(url.scheme(), "https" | "http") {
            return Err(InvalidEndpointUrl::Scheme);
        }
        let authority = text.split_once("//").map_or("", |(_, rest)| rest);
        let authority = authority.split(['/', '?', '#', '\\']).next().unwrap_or_default();
        if !url.username().is_empty() || url.password().is_some() || authority.contains('@') {
            return Err(InvalidEndpointUrl::Credentials);
        }
        if url.fragment().is_some() {
            return Err(InvalidEndpointUrl::Fragment);
        }
        if !url.has_host() || url.port() == Some(0) {
            return Err(InvalidEndpointUrl::NotAnAddress);
        }
        Ok(Self(url))
    }
}

impl fmt::Debug for EndpointUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.origin())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_allowed_urls_are_accepted() {
        for text in
            ["https://crm.example.org", "https://crm.example.org:8443/hooks?tenant=7", "http://10.0.0.1/x"]
        {
            assert!(text.parse::<EndpointUrl>().is_ok(), "{text}");
        }
        use InvalidEndpointUrl::*;
        for (text, expected) in [
            ("", NotAnAddress),
            ("crm.example.org", NotAnAddress),
            ("https://", NotAnAddress),
            ("https://crm.example.org/a b", NotAnAddress),
            ("https://crm.example.org/\r\nX: y", NotAnAddress),
            ("https://crm.example.org:0/", NotAnAddress),
            ("ftp://crm.example.org/", Scheme),
            ("file:///etc/passwd", Scheme),
            ("https://ana@crm.example.org/", Credentials),
            ("https://ana:secret@crm.example.org/", Credentials),
            ("https://@crm.example.org/", Credentials),
            ("https://crm.example.org/#top", Fragment),
            ("https://crm.example.org/#", Fragment),
        ] {
            assert_eq!(text.parse::<EndpointUrl>(), Err(expected), "{text}");
        }
        let long = format!("https://crm.example.org/{}", "a".repeat(2_000));
        assert_eq!(long.parse::<EndpointUrl>(), Err(TooLong));
    }

    #[test]
    fn logs_show_only_the_origin_of_a_url() {
        let url: EndpointUrl = "https://crm.example.org:8443/hooks/planted?key=planted".parse().unwrap();
        assert_eq!(
            format!("{url:?} {}", url.origin()),
            "https://crm.example.org:8443 https://crm.example.org:8443"
        );
    }
}
