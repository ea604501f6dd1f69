//! Whose tokens are trusted besides our own: an issuer, and either the address of its keys or a secret.

use std::path::{Path, PathBuf};

use linekeeper_model::id::WorkspaceId;
use linekeeper_model::secret::Secret;
use serde::Deserialize;
use url::Url;

use super::ConfigError;
use super::values::{names_of_workspaces, secret};

/// Fewest bytes of a secret: as many as the weakest signature made with it has (RFC 7518, 3.2).
const SHORTEST_SECRET: usize = 32;

/// Tokens of an existing CRM.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Jwt {
    /// What their `iss` is.
    pub issuer: Option<String>,
    /// What their `aud` is.
    pub audience: Option<String>,
    /// Where the issuer publishes its keys.
    pub jwks_url: Option<Url>,
    /// What the issuer signs with instead, as text.
    #[serde(default, deserialize_with = "secret")]
    pub secret: Option<Secret<String>>,
    /// A file that holds it.
    pub secret_file: Option<PathBuf>,
    /// The claim that names the user.
    pub user_claim: String,
    /// The claim that names the workspace.
    pub workspace_claim: String,
    /// The claim that names the role.
    pub role_claim: String,
    /// The names by which tokens mean workspaces; given as `name=id` with commas between.
    #[serde(default, deserialize_with = "names_of_workspaces")]
    pub workspaces: Vec<(String, WorkspaceId)>,
}

/// What such tokens are checked with.
#[derive(Debug, Clone)]
pub enum JwtKeys {
    /// A secret.
    Secret(Secret<String>),
    /// The keys at that address.
    Published(Url),
}

/// An issuer that is trusted.
#[derive(Debug, Clone)]
pub struct JwtIssuer {
    /// What `iss` must be.
    pub issuer: String,
    /// What `aud` must be, or contain.
    pub audience: String,
    /// What signatures are checked with.
    pub keys: JwtKeys,
}

impl Jwt {
    /// What can be said without reading a file.
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        self.jwks_url.as_ref().map_or(Ok(()), |url| published(url).map(drop))
    }

    /// The issuer; `None` where nothing is set. Reads the secret's file.
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

/// Whoever answers in the issuer's place could sign anything.
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
    fn nobody_is_trusted_unless_named() {
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
