//! The settings for the S3-compatible store, which holds backups and files of messages.

use linekeeper_model::secret::Secret;
use serde::Deserialize;
use url::Url;

use super::ConfigError;
use super::values::secret;

/// How to reach the store.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct S3 {
    /// The store's URL. If unset, the server uses Amazon's store in the region.
    pub endpoint: Option<Url>,
    /// The region. It is part of each request's signature.
    pub region: String,
    /// The id of the access key.
    pub access_key_id: Option<String>,
    /// The secret key that signs requests.
    #[serde(default, deserialize_with = "secret")]
    pub secret_access_key: Option<Secret<String>>,
}

impl S3 {
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        let invalid = |setting: &str, reason: &str| {
            Err(ConfigError::Invalid { setting: setting.to_owned(), reason: reason.to_owned() })
        };
        if let Some(endpoint) = &self.endpoint {
            match endpoint.scheme() {
                "https" => {}
                "http" if super::is_loopback(endpoint) => {}
                "http" => return invalid("S3_ENDPOINT", "http:// is for this machine only; use https://"),
                _ => return invalid("S3_ENDPOINT", "must begin with https://"),
            }
            if !endpoint.username().is_empty() || endpoint.password().is_some() {
                return invalid("S3_ENDPOINT", "must not hold credentials");
            }
        }
        match (&self.access_key_id, &self.secret_access_key) {
            (Some(_), None) => invalid("S3_SECRET_ACCESS_KEY", "is missing beside S3_ACCESS_KEY_ID"),
            (None, Some(_)) => invalid("S3_ACCESS_KEY_ID", "is missing beside S3_SECRET_ACCESS_KEY"),
            _ => Ok(()),
        }
    }
}
