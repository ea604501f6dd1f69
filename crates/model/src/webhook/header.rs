//! Headers of the caller's own, sent with each request.

use std::fmt;

use zeroize::Zeroize;

use crate::secret::Secret;

/// Most headers of one endpoint.
pub const MOST_HEADERS: usize = 10;
/// Most characters of a name.
const LONGEST_NAME: usize = 100;
/// Most characters of a value.
const LONGEST_VALUE: usize = 2_000;
/// Names that belong to the connection or to the signature.
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

/// One header. Its value is a secret.
#[derive(Clone)]
pub struct Header {
    /// In lower case.
    pub name: String,
    /// What is sent.
    pub value: Secret<String>,
}

/// Why two texts are no header. The messages never repeat them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidHeader {
    /// The name has characters that no name has.
    #[error("must have a name of 1 to 100 letters, digits and hyphens")]
    Name,
    /// linekeeper sets it.
    #[error("must not be a header that linekeeper or the connection sets")]
    Taken,
    /// The value has characters that no value has, such as a line break.
    #[error("must have a value of 1 to 2000 visible ASCII characters and spaces, without line breaks")]
    Value,
}

impl Header {
    /// A header of that name and value.
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
    fn what_may_be_a_header() {
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
