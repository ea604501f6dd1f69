//! The database in the data directory, for commands that work whether or not the server runs.

use std::sync::Arc;

use linekeeper_model::audit::{Action, By};
use linekeeper_model::clock::{Clock, SystemClock};
use linekeeper_storage::Storage;

use super::Options;

/// An open installation.
pub(super) struct Installation {
    pub storage: Storage,
    pub clock: Arc<dyn Clock>,
}

impl Installation {
    /// Opens the installation. If there is none yet, creates it.
    pub async fn open(options: &Options) -> anyhow::Result<Self> {
        let config = options.load()?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let storage = Storage::open(config.storage_options(holder())?, clock.clone()).await?;
        Ok(Self { storage, clock })
    }

    /// Opens an existing installation. With SQLite, this fails if there is none, and creates nothing.
    pub async fn open_existing(options: &Options) -> anyhow::Result<Self> {
        let config = options.load()?;
        if config.database.url.is_none() && !config.has_files() {
            anyhow::bail!("there is no installation in {}", config.server.data_dir.display());
        }
        Self::open(options).await
    }

    /// Adds an entry about this command to the installation's audit log: the action, and one fact with its value.
    pub async fn record(&self, action: Action, fact: &str, value: impl ToString) -> anyhow::Result<()> {
        let mut tx = self.storage.begin().await?;
        tx.audit().append(&By::command_line().did(None, action).with(fact, value)).await?;
        Ok(tx.commit().await?)
    }

    /// Writes everything to disk and closes the databases. If the process ended without this, the databases'
    /// journals would stay on disk.
    pub async fn close(self) {
        self.storage.close().await;
    }
}

/// The name of this process as a holder of leases. Commands take no leases, so the name is only for people who
/// read the log.
pub(super) fn holder() -> String {
    format!("command:{}", std::process::id())
}
