//! The folder where backups are prepared and unpacked. Only one process at a time can hold it.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use super::BackupError;

const LOCK: &str = "backup.lock";
const FOLDER: &str = "backup-work";

/// An empty folder in the data directory. It is removed when this value is dropped. If a killed process left
/// files, the next process removes them.
#[derive(Debug)]
pub struct Work {
    folder: PathBuf,
    _lock: File,
}

impl Work {
    /// Takes the folder for this process.
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

    /// The path of a file in the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Creates a new file in the folder.
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
