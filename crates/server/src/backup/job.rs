//! One backup from beginning to end: dump, upload, drill, and only then the oldest ones go.

use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::Arc;

use linekeeper_model::clock::Clock;
use linekeeper_storage::Storage;
use rustls::ClientConfig;

use super::{BackupError, Destination, Failure, Name, Report, Success, Work, drill, retention};
use crate::config::{Place, S3};

/// What is backed up, and where to.
#[derive(Clone)]
pub struct Job {
    /// The installation.
    pub storage: Storage,
    /// Where it is put together; it needs room for the dump and for a copy of the database.
    pub data_dir: PathBuf,
    /// Where it goes.
    pub place: Place,
    /// How a store is reached.
    pub s3: S3,
    /// How many are kept; `None` where older ones are nobody's business.
    pub keep: Option<NonZeroU32>,
    /// Whether it goes to BACKUP_TO. Only such a backup is noted, for the server's clock, `doctor` and the figures.
    pub is_noted: bool,
    /// For stores.
    pub tls: Arc<ClientConfig>,
    /// Tells the time of names.
    pub clock: Arc<dyn Clock>,
}

/// A backup that was made and proven.
#[derive(Debug)]
pub struct Taken {
    /// What it is.
    pub success: Success,
    /// How many older ones were removed.
    pub removed: usize,
}

impl Job {
    /// Makes a backup, and notes what came of it where that is to be.
    pub async fn take(&self) -> Result<Taken, BackupError> {
        self.note(self.make().await).await
    }

    /// Notes what came of one where that is to be, and gives it back.
    pub(super) async fn note(&self, taken: Result<Taken, BackupError>) -> Result<Taken, BackupError> {
        if !self.is_noted {
            return taken;
        }
        let mut report = Report::read(&self.storage).await?;
        match &taken {
            Ok(taken) => report = Report { last: Some(taken.success.clone()), failure: None },
            // The other one will say how it went.
            Err(BackupError::UnderWay(_)) => return taken,
            Err(error) => {
                let in_a_row = report.failure.map_or(0, |failure| failure.in_a_row).saturating_add(1);
                report.failure = Some(Failure { at: self.clock.now(), reason: error.in_full(), in_a_row });
            }
        }
        match report.write(&self.storage).await {
            Err(error) if taken.is_ok() => Err(error.into()),
            _ => taken,
        }
    }

    /// Makes a backup, of which nobody knows yet. Dropped half-way, it leaves nothing that counts.
    pub(super) async fn make(&self) -> Result<Taken, BackupError> {
        let work = Work::take(&self.data_dir)?;
        let destination = Destination::open(&self.place, &self.s3, &self.tls)?;
        destination.sweep()?;
        let (path, file) = work.create("dump")?;
        let manifest = self.storage.dump(file, env!("CARGO_PKG_VERSION")).await?;
        let bytes = path.metadata().map_err(BackupError::path(&path))?.len();
        let name = Name::at(manifest.about.made_at);
        destination.put(&name, &path).await?;
        // Room for the drill, which may need it.
        std::fs::remove_file(&path).map_err(BackupError::path(&path))?;
        let read_back =
            drill(&destination, &name, &work, self.storage.vault().keys(), self.clock.clone()).await?;
        if read_back != manifest {
            return Err(BackupError::OtherContent(name));
        }
        let removed = match self.keep {
            Some(keep) => retention::prune(&destination, keep).await?,
            None => 0,
        };
        let success = Success {
            made_at: manifest.about.made_at,
            name: name.as_str().to_owned(),
            place: destination.to_string(),
            bytes,
            rows: manifest.rows(),
        };
        Ok(Taken { success, removed })
    }
}
