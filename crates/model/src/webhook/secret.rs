//! The key that signs requests: 32 bytes. It is shown once, in the format of Standard Webhooks.

use std::fmt;

use rand::Rng;

use crate::secret::Secret;

/// The key that signs the requests of one endpoint.
#[derive(Clone)]
pub struct WebhookSecret(Secret<[u8; 32]>);

impl WebhookSecret {
    /// The beginning of every key's text, by which people and secret scanners recognise keys.
    pub const PREFIX: &str = "whsec_";

    /// A new random key.
    pub fn generate(rng: &mut impl Rng) -> Self {
        let mut bytes = [0; 32];
        rng.fill_bytes(&mut bytes);
        Self(Secret::new(bytes))
    }

    /// Creates a key from its stored bytes.
    pub const fn of(bytes: [u8; 32]) -> Self {
        Self(Secret::new(bytes))
    }

    /// The bytes of the key.
    pub const fn expose(&self) -> &[u8; 32] {
        self.0.expose()
    }
}

impl PartialEq for WebhookSecret {
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

impl Eq for WebhookSecret {}

impl fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}
