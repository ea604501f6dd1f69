//! The folder where backups are put together and taken apart. Who has it is the only one at work.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use super::BackupError;

const LOCK: &str = "backup.lock";
const FOLDER: &str = "backup-work";

/// An empty folder of the data directory, removed when dropped; what a killed process left goes with the next one.
#[derive(Debug)]
pub struct Work {
    folder: PathBuf,
    _lock: File,
}

impl Work {
    /// Takes it for this process.
    pub fn take(data_dir: &Path) -> Result<Self, BackupError> {
        let lock = data_dir.join(LOCK);
        let opened = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&lock);
        let file = opened.map_err(BackupError::path(&lock))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(BackupError::UnderWay(data_dir.to_owned())),
            Err(TryLockError::Error(cause)) => return Err(BackupError::path(&lock)(cause)),
        }
        let folder = data_dir.join(FOLDER);
        remove(&folder).map_err(BackupError::path(&folder))?;
        DirBuilder::new().mode(0o700).create(&folder).map_err(BackupError::path(&folder))?;
        Ok(Self { folder, _lock: file })
    }

    /// A place in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// A new file in it.
    pub(super) fn create(&self, name: &str) -> Result<(PathBuf, File), BackupError> {
        let path = self.path(name);
        let created = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
        let file = created.map_err(BackupError::path(&path))?;
        Ok((path, file))
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        if let Err(error) = remove(&self.folder) {
            tracing::warn!(%error, "what a backup leaves behind is removed by the next one");
        }
    }
}

fn remove(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
