//! Headers that the caller chose. Each request to the endpoint contains them.

use std::fmt;

use zeroize::Zeroize;

use crate::secret::Secret;

/// The maximum number of headers of one endpoint.
pub const MOST_HEADERS: usize = 10;
/// The maximum number of characters of a name.
const LONGEST_NAME: usize = 100;
/// The maximum number of characters of a value.
const LONGEST_VALUE: usize = 2_000;
/// Names that are reserved for the connection or the signature.
const TAKEN: &[&str] = &[
    "host",
    "content-length",
    "content-type",
    "content-encoding",
    "connection",
    "keep-alive",
    "proxy-connection",
    "transfer-encoding",
    "te",
    "trailer",
    "upgrade",
    "expect",
    "user-agent",
    "webhook-id",
    "webhook-timestamp",
    "webhook-signature",
];

/// A header. Its value is a secret.
#[derive(Clone)]
pub struct Header {
    /// The name, in lower case.
    pub name: String,
    /// The value.
    pub value: Secret<String>,
}

/// Why a name and a value are not a header. The error messages never repeat them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidHeader {
    /// The name has characters that are not allowed in a header name.
    #[error("must have a name of 1 to 100 letters, digits and hyphens")]
    Name,
    /// The connection or linekeeper itself sets this header.
    #[error("must not be a header that linekeeper or the connection sets")]
    Taken,
    /// The value has characters that are not allowed in a header value, such as a line break.
    #[error("must have a value of 1 to 2000 visible ASCII characters and spaces, without line breaks")]
    Value,
}

impl Header {
    /// Checks the name and the value.
    pub fn new(name: &str, mut value: String) -> Result<Self, InvalidHeader> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        if name.is_empty() || name.len() > LONGEST_NAME || !name.chars().all(plain) {
            return Err(InvalidHeader::Name);
        }
        let name = name.to_ascii_lowercase();
        if TAKEN.contains(&name.as_str()) {
            return Err(InvalidHeader::Taken);
        }
        let visible = value.chars().all(|c| matches!(c, ' '..='~'));
        if !visible || value.trim() != value || value.is_empty() || value.len() > LONGEST_VALUE {
            value.zeroize();
            return Err(InvalidHeader::Value);
        }
        Ok(Self { name, value: Secret::new(value) })
    }
}

impl PartialEq for Header {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && self.value.expose() == other.value.expose()
    }
}

impl Eq for Header {}

impl fmt::Debug for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: [redacted]", self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_allowed_headers_are_accepted() {
        let header = Header::new("X-Tenant", "Bearer abc def".to_owned()).unwrap();
        assert_eq!((header.name.as_str(), header.value.expose().as_str()), ("x-tenant", "Bearer abc def"));
        assert_eq!(format!("{header:?}"), "x-tenant: [redacted]");
        for (name, value, expected) in [
            ("", "x", InvalidHeader::Name),
            ("X Tenant", "x", InvalidHeader::Name),
            ("X:Tenant", "x", InvalidHeader::Name),
            ("X-T\r\nEvil", "x", InvalidHeader::Name),
            ("Host", "x", InvalidHeader::Taken),
            ("Webhook-Signature", "x", InvalidHeader::Taken),
            ("transfer-encoding", "x", InvalidHeader::Taken),
            ("X-Tenant", "a\r\nEvil: b", InvalidHeader::Value),
            ("X-Tenant", "a\nb", InvalidHeader::Value),
            ("X-Tenant", "a\0b", InvalidHeader::Value),
            ("X-Tenant", "é", InvalidHeader::Value),
            ("X-Tenant", "", InvalidHeader::Value),
            ("X-Tenant", " a", InvalidHeader::Value),
        ] {
            assert_eq!(Header::new(name, value.to_owned()), Err(expected), "{name}");
        }
        assert_eq!(Header::new("X-Long", "a".repeat(2_001)), Err(InvalidHeader::Value));
    }
}
