//! How passwords, keys and tokens are stored: only as hashes.

use std::fmt;

use linekeeper_model::secret::Secret;
use subtle::ConstantTimeEq;

/// A password's hash in PHC string format, such as `$argon2id$v=19$..`.
#[derive(Debug, Clone)]
pub struct PasswordHash(Secret<String>);

impl PasswordHash {
    /// Wraps a PHC string.
    pub const fn new(phc: String) -> Self {
        Self(Secret::new(phc))
    }

    /// The PHC string.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

macro_rules! hashes {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy)]
        pub struct $name(pub [u8; 32]);

        impl $name {
            /// The digest.
            pub const fn as_bytes(&self) -> &[u8; 32] {
                &self.0
            }
        }

        /// Compares in constant time, so that the duration does not tell an attacker how much of a guess is
        /// correct.
        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                self.0.ct_eq(&other.0).into()
            }
        }

        impl Eq for $name {}

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(..)"))
            }
        }
    )+};
}

hashes! {
    /// The SHA-256 of an API key.
    KeyHash,
    /// The SHA-256 of a refresh token.
    TokenHash,
    /// The SHA-256 of the token in a link: a pairing link, an invitation, or a link for setting a new password.
    LinkHash,
    /// The SHA-256 of a recovery code.
    RecoveryCodeHash,
}
