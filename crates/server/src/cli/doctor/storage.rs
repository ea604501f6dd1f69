//! Checks that the database and the vault (the store of sessions) can be opened with the master key and can be written,
//! and that there is an Owner.

use std::sync::Arc;

use linekeeper_model::clock::{Clock as _, SystemClock};
use linekeeper_storage::{OpenError, Storage};

use super::backups;
use super::finding::Finding;
use crate::cli::installation::holder;
use crate::config::{Config, ConfigError};

const DATABASE: &str = "database";
const VAULT: &str = "vault";
const OWNER: &str = "owner";

pub(super) async fn check(config: &Config, offline: bool) -> Vec<Finding> {
    if config.database.url.is_none() && !config.has_files() {
        let text = format!("{} is made on the first start", config.database_file().display());
        return vec![Finding::ok(DATABASE, text)];
    }
    let options = match config.storage_options(holder()) {
        Ok(options) => options,
        Err(error @ ConfigError::Invalid { .. }) => {
            return vec![Finding::fail(DATABASE, error, "Correct it.")];
        }
    };
    match Storage::open(options, Arc::new(SystemClock)).await {
        Ok(storage) => {
            let findings = examine(&storage, config, offline).await;
            storage.close().await;
            findings
        }
        Err(error) => vec![unopened(&error, config.database.url.is_some())],
    }
}

async fn examine(storage: &Storage, config: &Config, offline: bool) -> Vec<Finding> {
    let mut findings = match storage.ping().await {
        Ok(()) => vec![
            Finding::ok(DATABASE, "answers and can be written"),
            Finding::ok(VAULT, "opens with the encryption key"),
        ],
        Err(error) => {
            let remedy =
                "Check that the disk is not full and that the data directory's files belong to this user.";
            vec![Finding::of_error(DATABASE, &error, remedy)]
        }
    };
    let owner = async { storage.read().await?.members().owner_exists().await };
    findings.push(match owner.await {
        Ok(true) => Finding::ok(OWNER, "there is one"),
        Ok(false) => Finding::warn(
            OWNER,
            "there is none, so nobody can sign in",
            "Open the link that `linekeeper serve` prints, or run `linekeeper owner create`.",
        ),
        Err(error) => Finding::of_error(OWNER, &error, "Look at the database first."),
    });
    findings.push(backups::check(storage, config, SystemClock.now(), offline).await);
    findings
}

/// A finding for a database that cannot be opened. The error itself says what is wrong. The advice covers the most
/// likely cause.
fn unopened(error: &OpenError, is_postgres: bool) -> Finding {
    let (subject, remedy) = match error {
        OpenError::WrongKey | OpenError::MasterKey(_) => {
            (VAULT, "Give the key that this installation was started with.")
        }
        OpenError::ForeignVault | OpenError::Damaged(_) => {
            (VAULT, "Restore database and vault from the same backup.")
        }
        OpenError::LostDatabase { .. } => (
            DATABASE,
            "Look for the file before you start anything: a disk that is not mounted, or another LINEKEEPER_DATA_DIR?",
        ),
        OpenError::Unavailable { .. } if is_postgres => {
            (DATABASE, "Check that the database runs and that DATABASE_URL is right.")
        }
        OpenError::Newer { .. } => {
            (DATABASE, "Run the newer linekeeper, or restore a backup from before the update.")
        }
        _ => (DATABASE, "Check the data directory: is it this user's, and is there room on the disk?"),
    };
    Finding::of_error(subject, error, remedy)
}
