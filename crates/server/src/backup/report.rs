//! The result of the last backup, for people and for metrics. It is stored in the database. So it survives a
//! restart, and the command line can read it.

use std::sync::Arc;

use jiff::Timestamp;
use linekeeper_storage::{Storage, StorageError};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

const SETTING: &str = "backups";

/// What is known about this installation's backups.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// The last backup that was made and verified.
    pub last: Option<Success>,
    /// The attempts that failed after the last success.
    pub failure: Option<Failure>,
}

/// A backup that was made and verified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Success {
    /// When the backup's snapshot was taken.
    pub made_at: Timestamp,
    /// The backup's name.
    pub name: String,
    /// Where the backup is stored.
    pub place: String,
    /// The backup's size.
    pub bytes: u64,
    /// The number of rows in the backup.
    pub rows: u64,
}

/// One or more failed attempts in a row to make a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// When the last failed attempt ended.
    pub at: Timestamp,
    /// The error as text.
    pub reason: String,
    /// The number of failed attempts in a row.
    pub in_a_row: u32,
}

impl Report {
    /// Reads the stored report. If there is none, or its text cannot be parsed, returns an empty report.
    pub async fn read(storage: &Storage) -> Result<Self, StorageError> {
        let text = storage.read().await?.settings().get(SETTING).await?;
        Ok(text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
    }

    pub(super) async fn write(&self, storage: &Storage) -> Result<(), StorageError> {
        let text = serde_json::to_string(self).expect("a report is plain data");
        let mut tx = storage.begin().await?;
        tx.settings().put(SETTING, &text).await?;
        tx.commit().await
    }
}

/// The running server's copy of the report, kept up to date. Cloning it is cheap.
#[derive(Debug, Clone)]
pub struct Reports(Arc<watch::Sender<Report>>);

impl Reports {
    /// Creates the copy from the stored report.
    pub async fn open(storage: &Storage) -> Result<Self, StorageError> {
        Ok(Self(Arc::new(watch::Sender::new(Report::read(storage).await?))))
    }

    /// The current report.
    pub fn now(&self) -> Report {
        self.0.borrow().clone()
    }

    pub(super) fn set(&self, report: Report) {
        self.0.send_replace(report);
    }
}
