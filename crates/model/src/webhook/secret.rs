//! The signing key: 32 bytes, shown once in the form of Standard Webhooks.

use std::fmt;

use rand::Rng;

use crate::secret::Secret;

/// The key that signs the requests of one endpoint.
#[derive(Clone)]
pub struct WebhookSecret(Secret<[u8; 32]>);

impl WebhookSecret {
    /// The beginning of every secret's text, so that people and secret scanners recognise secrets.
    pub const PREFIX: &str = "whsec_";

    /// A fresh one.
    pub fn generate(rng: &mut impl Rng) -> Self {
        let mut bytes = [0; 32];
        rng.fill_bytes(&mut bytes);
        Self(Secret::new(bytes))
    }

    /// One that was stored.
    pub const fn of(bytes: [u8; 32]) -> Self {
        Self(Secret::new(bytes))
    }

    /// The key itself.
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
