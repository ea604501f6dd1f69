//! The master keys: where the keys come from, and which older keys the server tries besides the current one.

use std::path::PathBuf;

use linekeeper_model::secret::Secret;
use linekeeper_storage::{KeyRing, MasterKey, MasterKeyError};
use serde::Deserialize;

use super::values::secret;
use super::{Config, ConfigError};

/// The settings for the master keys.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Encryption {
    /// The master key itself.
    #[serde(default, deserialize_with = "secret")]
    pub key: Option<Secret<String>>,
    /// Older master keys, separated by commas. They can open values that were sealed before a rotation.
    #[serde(default, deserialize_with = "secret")]
    pub key_previous: Option<Secret<String>>,
    /// A file that holds the master key.
    pub key_file: Option<PathBuf>,
}

impl Config {
    /// The file that holds the generated master key. It is used if the operator gave no key.
    pub fn generated_key_file(&self) -> PathBuf {
        self.server.data_dir.join("encryption.key")
    }

    /// Returns an error if there is no master key yet, so that the server would generate a new one. A backup can be
    /// opened only with the key that sealed it.
    pub fn require_key_for_backups(&self) -> Result<(), ConfigError> {
        let path = self.generated_key_file();
        if self.encryption.key.is_some() || self.encryption.key_file.is_some() || path.exists() {
            return Ok(());
        }
        Err(ConfigError::Invalid {
            setting: "ENCRYPTION_KEY".to_owned(),
            reason: format!(
                "the master key that sealed the backup is needed: give it, or put its file back as {} (mode 0600)",
                path.display()
            ),
        })
    }

    /// The master keys. The current one is given in the settings, read from a file, or generated at the first
    /// start.
    pub fn keys(&self) -> Result<KeyRing, ConfigError> {
        let previous = self.encryption.previous().map_err(invalid("ENCRYPTION_KEY_PREVIOUS"))?;
        if let Some(key) = &self.encryption.key {
            let key = MasterKey::parse(key.expose()).map_err(invalid("ENCRYPTION_KEY"))?;
            return Ok(KeyRing::given(key, previous));
        }
        if let Some(path) = &self.encryption.key_file {
            return KeyRing::of_file(path.clone(), previous).map_err(invalid("ENCRYPTION_KEY_FILE"));
        }
        if self.database.url.is_some() {
            let reason = "is required with PostgreSQL: every node needs the same key".to_owned();
            return Err(ConfigError::Invalid { setting: "ENCRYPTION_KEY".to_owned(), reason });
        }
        let path = self.generated_key_file();
        if !path.exists() && self.has_files() {
            return Err(ConfigError::Invalid {
                setting: "ENCRYPTION_KEY".to_owned(),
                reason: format!(
                    "there is a database, and no key {}: give the key that sealed it (ENCRYPTION_KEY or \
                     ENCRYPTION_KEY_FILE, as the server has it), or put its file back",
                    path.display()
                ),
            });
        }
        let setting = path.display().to_string();
        KeyRing::of_file_or_new(path, previous).map_err(invalid(&setting))
    }
}

impl Encryption {
    fn previous(&self) -> Result<Vec<MasterKey>, MasterKeyError> {
        let Some(keys) = &self.key_previous else { return Ok(Vec::new()) };
        // The text is tried as one key first, because a key of 32 characters may contain commas.
        match MasterKey::parse(keys.expose()) {
            Err(MasterKeyError::Malformed) => keys.expose().split(',').map(MasterKey::parse).collect(),
            parsed => Ok(vec![parsed?]),
        }
    }
}

fn invalid(setting: &str) -> impl FnOnce(MasterKeyError) -> ConfigError {
    let setting = setting.to_owned();
    move |error| {
        let mut reason = error.to_string();
        if let MasterKeyError::File { cause, .. } = &error {
            reason.push_str(&format!(": {cause}"));
        }
        ConfigError::Invalid { setting, reason }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Sources;

    const KEYS: [&str; 3] = [
        "8f1d6f0c5b7e4a3928d1c0b9a8f7e6d5c4b3a291807f6e5d4c3b2a1908f7e6d5",
        "k9,xP2,mQ7,vR4,tW6,zL8,nB3,cH5,j",
        "1c9a6f0c5b7e4a3928d1c0b9a8f7e6d5c4b3a291807f6e5d4c3b2a1908f7e6aa",
    ];

    fn keys(previous: &str) -> Result<KeyRing, ConfigError> {
        let environment = [("ENCRYPTION_KEY", KEYS[0]), ("ENCRYPTION_KEY_PREVIOUS", previous)];
        let environment = environment.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        Config::load(Sources { environment, ..Sources::default() }).unwrap().keys()
    }

    #[test]
    fn previous_master_keys_are_found_by_their_fingerprint() {
        let name = |key: &str| MasterKey::parse(key).unwrap().fingerprint();
        assert!(keys("").unwrap().find(name(KEYS[1])).is_none());
        assert!(keys(KEYS[1]).unwrap().find(name(KEYS[1])).is_some(), "commas within one key");
        let two = keys(&format!("{}, {}", KEYS[2], KEYS[0])).unwrap();
        assert!(two.find(name(KEYS[2])).is_some());
        assert_eq!(two.current().fingerprint(), name(KEYS[0]));
    }

    #[test]
    fn weak_previous_keys_are_refused_without_being_shown() {
        let error = keys(&format!("{},hunter2-placeholder", KEYS[2])).unwrap_err().to_string();
        assert!(error.starts_with("ENCRYPTION_KEY_PREVIOUS: ") && !error.contains("hunter2"), "{error}");
    }
}
