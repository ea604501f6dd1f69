//! One backup from beginning to end. The backup is dumped, uploaded and restored as a test (the drill). Only then
//! are the oldest backups removed.

use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::Arc;

use linekeeper_model::clock::Clock;
use linekeeper_storage::Storage;
use rustls::ClientConfig;

use super::{BackupError, Destination, Failure, Name, Report, Success, Work, drill, retention};
use crate::config::{Place, S3};

/// What to back up and where to store it.
#[derive(Clone)]
pub struct Job {
    /// The installation's database and vault (the encrypted store of sessions).
    pub storage: Storage,
    /// The data directory, where the backup is prepared. It needs space for the dump and for a copy of the database.
    pub data_dir: PathBuf,
    /// Where the backup is stored.
    pub place: Place,
    /// How to reach an S3 store.
    pub s3: S3,
    /// How many backups to keep. `None` means that no backup is removed.
    pub keep: Option<NonZeroU32>,
    /// Whether the backup is stored in the folder or bucket that BACKUP_TO names. Only then is the result stored for
    /// the schedule, `doctor` and the metrics.
    pub is_noted: bool,
    /// The TLS configuration for S3 stores.
    pub tls: Arc<ClientConfig>,
    /// The clock. It says when a backup is due, and when an attempt failed.
    pub clock: Arc<dyn Clock>,
}

/// A backup that was made and verified.
#[derive(Debug)]
pub struct Taken {
    /// The finished backup.
    pub success: Success,
    /// The number of older backups that were removed.
    pub removed: usize,
}

impl Job {
    /// Makes a backup, and stores the result if `is_noted`.
    pub async fn take(&self) -> Result<Taken, BackupError> {
        self.note(self.make().await).await
    }

    /// Stores the result if `is_noted`, and returns it.
    pub(super) async fn note(&self, taken: Result<Taken, BackupError>) -> Result<Taken, BackupError> {
        if !self.is_noted {
            return taken;
        }
        let mut report = Report::read(&self.storage).await?;
        match &taken {
            Ok(taken) => report = Report { last: Some(taken.success.clone()), failure: None },
            // The other process, which is making a backup, stores its own result.
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

    /// Makes a backup without storing the result. If the future is dropped before the upload is complete, there is no
    /// file with the name of this backup. If it is dropped later, the file stays, but it may not be verified.
    pub(super) async fn make(&self) -> Result<Taken, BackupError> {
        let work = Work::take(&self.data_dir)?;
        let destination = Destination::open(&self.place, &self.s3, &self.tls)?;
        destination.sweep()?;
        let (path, file) = work.create("dump")?;
        let manifest = self.storage.dump(file, env!("CARGO_PKG_VERSION")).await?;
        let bytes = path.metadata().map_err(BackupError::path(&path))?.len();
        let name = Name::at(manifest.about.made_at);
        destination.put(&name, &path).await?;
        // Removing the dump frees space that the drill may need.
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
