//! Tokens of a CRM that signs in its users itself. The tokens are JWTs of one issuer for one audience, and are
//! checked with published keys or a shared secret. This module also decides who becomes a member by such a token.

mod admission;
mod claims;
mod key_set;
mod newest;
mod published;
mod refusals;

use std::fmt;
use std::sync::Arc;

use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use linekeeper_model::Timestamp;
use linekeeper_model::clock::Clock;
use linekeeper_model::secret::Secret;
use rustls::ClientConfig;
use serde_json::{Map, Value};
use tokio_util::sync::CancellationToken;
use url::Url;

pub use admission::AdmissionError;
use claims::Rules;
pub use claims::{ClaimNames, Person};
use key_set::Key;
use newest::Newest;
use published::PublishedKeys;
use refusals::Refusals;

/// The maximum length of a token in bytes. Even the largest tokens of CRMs have only about a quarter of this length.
const LONGEST: usize = 8 * 1024;

/// Which tokens the server accepts.
#[derive(Debug, Clone)]
pub struct Trusted {
    /// The value that `iss` must have.
    pub issuer: String,
    /// The value that `aud` must have or contain.
    pub audience: String,
    /// The keys with which the server checks signatures.
    pub keys: TrustedKeys,
    /// The names of the claims for user, workspace and role.
    pub claims: ClaimNames,
}

/// The keys with which the server checks signatures.
#[derive(Debug, Clone)]
pub enum TrustedKeys {
    /// A secret that the issuer and the server share. It is used only with HS256, HS384 and HS512.
    Secret(Secret<String>),
    /// The URL of a JSON Web Key Set. It is used only with asymmetric algorithms.
    Published(Url),
}

/// Why a token is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ForeignTokenError {
    /// The token is malformed, has a wrong signature, comes from another issuer, is meant for another audience, or
    /// is not yet valid.
    #[error("the token is not valid")]
    Invalid,
    /// The token has expired.
    #[error("the token has expired")]
    Expired,
    /// The token is valid, but too old: after it was issued, the bearer's role was changed or the bearer was removed.
    #[error("the token is older than the last change of its bearer's role")]
    Outdated,
    /// The token is valid, but this claim is missing or has an unknown value.
    #[error("the token's {0} is missing or not known")]
    Unclear(Claim),
    /// The issuer's keys could not be fetched. A later try may succeed.
    #[error("the keys of the tokens' issuer are not available")]
    NoKeys,
}

/// A claim that the server must understand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// The user that the token is about.
    User,
    /// The workspace that the user is a member of.
    Workspace,
    /// The user's role in the workspace.
    Role,
    /// When the token was issued.
    IssuedAt,
}

impl fmt::Display for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::User => "user",
            Self::Workspace => "workspace",
            Self::Role => "role",
            Self::IssuedAt => "time of issue (`iat`)",
        })
    }
}

/// Checks tokens. Cloning it is cheap.
#[derive(Clone)]
pub struct ForeignTokens {
    rules: Arc<Rules>,
    keys: Keys,
    refusals: Arc<Refusals>,
    newest: Arc<Newest>,
}

#[derive(Clone)]
enum Keys {
    Secret(Arc<Key>),
    Published(PublishedKeys),
}

impl ForeignTokens {
    /// Creates a checker of tokens. It has no published keys until [`ForeignTokens::keep_keys`] fetches them, over
    /// TLS with the configuration `tls`.
    pub fn new(trusted: Trusted, tls: &ClientConfig, clock: Arc<dyn Clock>) -> Result<Self, reqwest::Error> {
        let Trusted { issuer, audience, keys, claims } = trusted;
        let keys = match keys {
            TrustedKeys::Secret(secret) => Keys::Secret(Arc::new(Key::secret(&secret))),
            TrustedKeys::Published(url) => Keys::Published(PublishedKeys::new(url, tls, clock)?),
        };
        let rules = Arc::new(Rules { issuer, audience, claims });
        Ok(Self { rules, keys, refusals: Arc::default(), newest: Arc::default() })
    }

    /// Fetches published keys when they are needed, until `stopping` is cancelled. If the tokens are checked with
    /// a secret, this does nothing.
    pub async fn keep_keys(self, stopping: CancellationToken) {
        if let Keys::Published(keys) = self.keys {
            keys.keep(stopping).await;
        }
    }

    /// Returns the user that `token` was issued for. The token's times are compared with `now`.
    pub async fn check(&self, token: &str, now: Timestamp) -> Result<Person, ForeignTokenError> {
        let invalid = |why: &str| {
            self.refusals.tell(why, now);
            ForeignTokenError::Invalid
        };
        if token.len() > LONGEST {
            return Err(invalid("it is too long"));
        }
        // The header is not verified yet. It is only used to choose the key.
        let header = jsonwebtoken::decode_header(token).map_err(|_| invalid("it is no JWT"))?;
        if header.crit.is_some() {
            // Critical fields are extensions that the server would have to understand (RFC 7515, 4.1.11).
            return Err(invalid("it has critical header fields"));
        }
        let key = match &self.keys {
            Keys::Secret(key) => key.clone(),
            Keys::Published(keys) => {
                let found = keys.find(header.kid.as_deref(), now).await;
                found.inspect_err(|error| match error {
                    ForeignTokenError::NoKeys => {
                        self.refusals.tell("the issuer's keys are not available", now)
                    }
                    _ => self.refusals.tell("the issuer publishes no key of its id", now),
                })?
            }
        };
        // The key determines the allowed algorithms. The token must use one of them.
        if !key.algorithms.contains(&header.alg) {
            return Err(invalid("its algorithm is not one of the key's"));
        }
        let claims = verified(token, &key.key, header.alg).map_err(|_| invalid("its signature is wrong"))?;
        self.rules.read(&claims, now).inspect_err(|error| match error {
            ForeignTokenError::Invalid => {
                self.refusals.tell("its iss, aud, exp or nbf is not as configured", now)
            }
            ForeignTokenError::Unclear(claim) => {
                self.refusals.tell(&format!("its claim for the {claim} is missing or not known"), now)
            }
            // Expired tokens are normal, so they are not logged.
            ForeignTokenError::Expired | ForeignTokenError::Outdated | ForeignTokenError::NoKeys => {}
        })
    }
}

impl fmt::Debug for ForeignTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ForeignTokens").field("issuer", &self.rules.issuer).finish_non_exhaustive()
    }
}

/// Returns the claims if the signature is valid. The claims are checked elsewhere, because the library would
/// compare their times with the machine's clock.
fn verified(
    token: &str,
    key: &DecodingKey,
    algorithm: Algorithm,
) -> Result<Map<String, Value>, ForeignTokenError> {
    let mut validation = Validation::new(algorithm);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_aud = false;
    let decoded = jsonwebtoken::decode(token, key, &validation);
    decoded.map(|token| token.claims).map_err(|_| ForeignTokenError::Invalid)
}
