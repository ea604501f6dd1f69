//! What became of the last backup, for people and for metrics. It stands in the database, so that a restart and the
//! command line know it as well.

use std::sync::Arc;

use jiff::Timestamp;
use linekeeper_storage::{Storage, StorageError};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

const SETTING: &str = "backups";

/// What is known of this installation's backups.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// The last one that was made and proven.
    pub last: Option<Success>,
    /// What went wrong since then.
    pub failure: Option<Failure>,
}

/// A backup that was made and proven.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Success {
    /// When its snapshot was taken.
    pub made_at: Timestamp,
    /// Its name.
    pub name: String,
    /// Where it lies.
    pub place: String,
    /// Its size.
    pub bytes: u64,
    /// The rows in it.
    pub rows: u64,
}

/// Tries that came to nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// When the last of them ended.
    pub at: Timestamp,
    /// What it said.
    pub reason: String,
    /// How many there were in a row.
    pub in_a_row: u32,
}

impl Report {
    /// As it stands in the database. What cannot be read is as if there were none.
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

/// The server's own view of it, as it changes. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Reports(Arc<watch::Sender<Report>>);

impl Reports {
    /// Begins with what the database says.
    pub async fn open(storage: &Storage) -> Result<Self, StorageError> {
        Ok(Self(Arc::new(watch::Sender::new(Report::read(storage).await?))))
    }

    /// What is known now.
    pub fn now(&self) -> Report {
        self.0.borrow().clone()
    }

    pub(super) fn set(&self, report: Report) {
        self.0.send_replace(report);
    }
}
