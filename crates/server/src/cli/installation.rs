//! The database of the data directory, for commands that work whether or not the server runs.

use std::sync::Arc;

use linekeeper_model::audit::{Action, By};
use linekeeper_model::clock::{Clock, SystemClock};
use linekeeper_storage::Storage;

use super::Options;

/// An installation that is open.
pub(super) struct Installation {
    pub storage: Storage,
    pub clock: Arc<dyn Clock>,
}

impl Installation {
    /// Opens it, and makes it where there is none yet.
    pub async fn open(options: &Options) -> anyhow::Result<Self> {
        let config = options.load()?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let storage = Storage::open(config.storage_options(holder())?, clock.clone()).await?;
        Ok(Self { storage, clock })
    }

    /// Opens one that is there. With SQLite nothing is made where there is none.
    pub async fn open_existing(options: &Options) -> anyhow::Result<Self> {
        let config = options.load()?;
        if config.database.url.is_none() && !config.has_files() {
            anyhow::bail!("there is no installation in {}", config.server.data_dir.display());
        }
        Self::open(options).await
    }

    /// Writes into the installation's audit log what this command does, and to what: a fact and its value.
    pub async fn record(&self, action: Action, fact: &str, value: impl ToString) -> anyhow::Result<()> {
        let mut tx = self.storage.begin().await?;
        tx.audit().append(&By::command_line().did(None, action).with(fact, value)).await?;
        Ok(tx.commit().await?)
    }

    /// Writes out what waits. Dropping it would do for the process, but not for the databases' journals.
    pub async fn close(self) {
        self.storage.close().await;
    }
}

/// Commands take no leases; the name is for people who read the log.
pub(super) fn holder() -> String {
    format!("command:{}", std::process::id())
}
