//! Checks that there is a usable master key. The check never creates a key.

use std::path::Path;

use linekeeper_storage::{KeyFiles, MasterKey, MasterKeyError};

use super::finding::Finding;
use crate::config::Config;

const SUBJECT: &str = "encryption key";

pub(super) fn check(config: &Config) -> Finding {
    if let Some(key) = &config.encryption.key {
        return judged(MasterKey::parse(key.expose()), "given by ENCRYPTION_KEY");
    }
    if let Some(path) = &config.encryption.key_file {
        return in_file(path);
    }
    let path = config.generated_key_file();
    if path.exists() {
        return in_file(&path);
    }
    if config.database.url.is_some() {
        let remedy = "Make one with `openssl rand -hex 32` and give it to every node as ENCRYPTION_KEY or ENCRYPTION_KEY_FILE.";
        return Finding::fail(SUBJECT, "PostgreSQL needs a given key", remedy);
    }
    if config.has_files() {
        let text = format!("the database is there, but {} is not", path.display());
        return Finding::fail(
            SUBJECT,
            text,
            "Put that file back from your backup: without it no session can be read.",
        );
    }
    Finding::ok(SUBJECT, format!("{} is made on the first start", path.display()))
}

fn in_file(path: &Path) -> Finding {
    let next = KeyFiles::at(path.to_owned()).next();
    if next.exists() {
        let text = format!("{} waits: a rotation has not ended", next.display());
        return Finding::warn(SUBJECT, text, "Run `linekeeper keys rotate` to finish it.");
    }
    judged(MasterKey::read(path), &format!("read from {}", path.display()))
}

fn judged(key: Result<MasterKey, MasterKeyError>, text: &str) -> Finding {
    match key {
        Ok(_) => Finding::ok(SUBJECT, text),
        Err(error) => {
            Finding::of_error(SUBJECT, &error, "Give the key that this installation was started with.")
        }
    }
}
