//! The settings for another issuer of tokens, such as a CRM. The server trusts the tokens of this issuer besides its
//! own tokens. The settings include the issuer's name, and either the URL of its keys or a shared secret.

use std::path::{Path, PathBuf};

use linekeeper_model::id::WorkspaceId;
use linekeeper_model::secret::Secret;
use serde::Deserialize;
use url::Url;

use super::ConfigError;
use super::values::{names_of_workspaces, secret};

/// The minimum length of a shared secret in bytes. RFC 7518, 3.2 requires that a secret is at least as long as the
/// signature. The shortest signature, that of HS256, has 32 bytes.
const SHORTEST_SECRET: usize = 32;

/// The settings for tokens that a CRM issues to its users, and that the server trusts (single sign-on).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Jwt {
    /// The expected `iss` claim of the tokens.
    pub issuer: Option<String>,
    /// The expected `aud` claim of the tokens.
    pub audience: Option<String>,
    /// The URL where the issuer publishes its keys.
    pub jwks_url: Option<Url>,
    /// The shared secret with which the issuer signs, as text. It is used instead of published keys.
    #[serde(default, deserialize_with = "secret")]
    pub secret: Option<Secret<String>>,
    /// A file that holds the shared secret.
    pub secret_file: Option<PathBuf>,
    /// The claim that names the user.
    pub user_claim: String,
    /// The claim that names the workspace.
    pub workspace_claim: String,
    /// The claim that names the role.
    pub role_claim: String,
    /// Pairs `name=id`, separated by commas: the name that tokens use for a workspace, and the workspace's id.
    #[serde(default, deserialize_with = "names_of_workspaces")]
    pub workspaces: Vec<(String, WorkspaceId)>,
}

/// The keys with which the server checks the signatures of the issuer's tokens.
#[derive(Debug, Clone)]
pub enum JwtKeys {
    /// The secret that the issuer and the server share.
    Secret(Secret<String>),
    /// The public keys that the issuer publishes at this URL.
    Published(Url),
}

/// A trusted issuer.
#[derive(Debug, Clone)]
pub struct JwtIssuer {
    /// The value that `iss` must have.
    pub issuer: String,
    /// The value that `aud` must have or contain.
    pub audience: String,
    /// The keys with which the server checks signatures.
    pub keys: JwtKeys,
}

impl Jwt {
    /// Checks only the URL of the published keys. [`Jwt::trusted`] checks the other settings, because one of them names
    /// a file that must be read.
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        self.jwks_url.as_ref().map_or(Ok(()), |url| published(url).map(drop))
    }

    /// Returns the trusted issuer, or `None` if no issuer is configured. Reads the file of the secret.
    pub fn trusted(&self) -> Result<Option<JwtIssuer>, ConfigError> {
        let given = [self.jwks_url.is_some(), self.secret.is_some(), self.secret_file.is_some()];
        let ways = given.into_iter().filter(|given| *given).count();
        if ways == 0 && self.issuer.is_none() && self.audience.is_none() {
            return Ok(None);
        }
        let issuer = required("AUTH_JWT_ISSUER", self.issuer.as_ref())?;
        let audience = required("AUTH_JWT_AUDIENCE", self.audience.as_ref())?;
        if ways != 1 {
            let reason = "give this, AUTH_JWT_SECRET or AUTH_JWT_SECRET_FILE, and one of them alone";
            return Err(invalid("AUTH_JWT_JWKS_URL", reason));
        }
        let keys = match (&self.jwks_url, &self.secret, &self.secret_file) {
            (Some(url), ..) => JwtKeys::Published(published(url)?),
            (_, Some(secret), _) => JwtKeys::Secret(long_enough("AUTH_JWT_SECRET", secret.clone())?),
            (_, _, Some(path)) => JwtKeys::Secret(read(path)?),
            _ => unreachable!("one of them is given"),
        };
        Ok(Some(JwtIssuer { issuer, audience, keys }))
    }
}

/// Checks the URL of published keys. Plain HTTP is refused, because another machine could answer in place of the
/// issuer and then sign any token.
fn published(url: &Url) -> Result<Url, ConfigError> {
    match url.scheme() {
        "https" => Ok(url.clone()),
        "http" if super::is_loopback(url) => Ok(url.clone()),
        "http" => Err(invalid("AUTH_JWT_JWKS_URL", "http:// is for this machine only; use https://")),
        _ => Err(invalid("AUTH_JWT_JWKS_URL", "must begin with https://")),
    }
}

fn read(path: &Path) -> Result<Secret<String>, ConfigError> {
    const SETTING: &str = "AUTH_JWT_SECRET_FILE";
    let text = std::fs::read_to_string(path)
        .map(Secret::new)
        .map_err(|error| invalid(SETTING, &format!("cannot read {}: {error}", path.display())))?;
    long_enough(SETTING, Secret::new(text.expose().trim_end_matches(['\r', '\n']).to_owned()))
}

fn long_enough(setting: &str, secret: Secret<String>) -> Result<Secret<String>, ConfigError> {
    if secret.expose().len() < SHORTEST_SECRET {
        return Err(invalid(setting, "must have at least 32 characters"));
    }
    Ok(secret)
}

fn required(setting: &str, value: Option<&String>) -> Result<String, ConfigError> {
    let given = value.filter(|value| !value.is_empty()).cloned();
    given.ok_or_else(|| invalid(setting, "is required where other programs' tokens are trusted"))
}

fn invalid(setting: &str, reason: &str) -> ConfigError {
    ConfigError::Invalid { setting: setting.to_owned(), reason: reason.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Sources};

    const SECRET: &str = "correct horse battery staple, and more";

    fn trusted(pairs: &[(&str, &str)]) -> Result<Option<JwtIssuer>, String> {
        let pairs = pairs.iter().map(|(name, value)| (format!("AUTH_JWT_{name}"), (*value).to_owned()));
        let config = Config::load(Sources { environment: pairs.collect(), ..Sources::default() });
        let config = config.map_err(|error| error.to_string())?;
        config.jwt.trusted().map_err(|error| error.to_string())
    }

    #[test]
    fn tokens_are_trusted_only_with_a_complete_and_secure_configuration() {
        assert!(trusted(&[]).unwrap().is_none());
        let both = [("ISSUER", "https://crm.example"), ("AUDIENCE", "linekeeper")];
        let with = |more: (&'static str, &'static str)| trusted(&[&both[..], &[more]].concat());
        assert!(matches!(with(("SECRET", SECRET)).unwrap().unwrap().keys, JwtKeys::Secret(_)));
        for url in ["https://crm.example/keys", "http://127.0.0.1:8000/keys"] {
            assert!(matches!(with(("JWKS_URL", url)).unwrap().unwrap().keys, JwtKeys::Published(_)));
        }
        for (wrong, setting) in [
            (with(("JWKS_URL", "http://crm.example/keys")), "AUTH_JWT_JWKS_URL"),
            (with(("JWKS_URL", "file:///keys")), "AUTH_JWT_JWKS_URL"),
            (with(("SECRET_FILE", "/nowhere/at/all")), "AUTH_JWT_SECRET_FILE"),
            (with(("SECRET", "hunter2")), "AUTH_JWT_SECRET"),
            (trusted(&both), "AUTH_JWT_JWKS_URL"),
            (trusted(&[("SECRET", SECRET)]), "AUTH_JWT_ISSUER"),
            (trusted(&[("SECRET", SECRET), both[0]]), "AUTH_JWT_AUDIENCE"),
            (
                trusted(&[("SECRET", SECRET), ("JWKS_URL", "https://x"), both[0], both[1]]),
                "AUTH_JWT_JWKS_URL",
            ),
        ] {
            let error = wrong.unwrap_err();
            assert!(
                error.starts_with(setting) && !error.contains("hunter2") && !error.contains(SECRET),
                "{error}"
            );
        }
    }
}
