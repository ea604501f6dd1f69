//! Checks of the database's URL that need no connection.

use linekeeper_storage::is_postgres_url;
use url::Url;

use super::address::{ENCODE, is_cut_short};
use super::{ConfigError, Database};

impl Database {
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        let invalid =
            |reason: String| Err(ConfigError::Invalid { setting: "DATABASE_URL".to_owned(), reason });
        let Some(url) = &self.url else { return Ok(()) };
        let url = url.expose();
        if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
            return invalid("must begin with postgres://; leave it unset for SQLite".to_owned());
        }
        let is_whole = Url::parse(url).is_ok_and(|url| !is_cut_short(&url));
        if !is_whole || !is_postgres_url(url) {
            return invalid(format!("must be postgres://user:password@host:port/name; {ENCODE}"));
        }
        Ok(())
    }
}
