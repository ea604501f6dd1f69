//! Allows only one server per data directory, because two servers would compete for the same accounts. When the
//! process ends, for whatever reason, the kernel removes the lock.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

const FILE: &str = "linekeeper.lock";

/// The lock of the data directory. The server holds it as long as it runs.
#[derive(Debug)]
pub struct DataDirLock(#[expect(dead_code, reason = "held for its lock")] File);

/// Why the data directory cannot be taken.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another process holds the lock.
    #[error("process {holder} already serves the data directory {}; stop it, or choose another with --data-dir", path.display())]
    Held {
        /// The id of the other process, if it is known.
        holder: String,
        /// The directory.
        path: PathBuf,
    },
    /// The lock file cannot be used.
    #[error("cannot lock {}: {cause}", path.display())]
    Io {
        /// The lock file.
        path: PathBuf,
        /// The cause.
        cause: std::io::Error,
    },
}

impl DataDirLock {
    /// Takes the lock for this process, and writes the process id into the lock file.
    pub fn take(data_dir: &Path) -> Result<Self, LockError> {
        let path = data_dir.join(FILE);
        let io = |cause| LockError::Io { path: path.clone(), cause };
        let opened =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(&path);
        let mut file = opened.map_err(io)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                file.read_to_string(&mut holder).map_err(io)?;
                return Err(LockError::Held { holder: holder.trim().to_owned(), path: data_dir.to_owned() });
            }
            Err(TryLockError::Error(cause)) => return Err(io(cause)),
        }
        let written = file
            .set_len(0)
            .and_then(|()| file.seek(SeekFrom::Start(0)))
            .and_then(|_| writeln!(file, "{}", std::process::id()));
        written.map_err(io)?;
        Ok(Self(file))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_process_gets_an_error_with_the_id_of_the_first_process() {
        let folder = tempfile::tempdir().unwrap();
        let first = DataDirLock::take(folder.path()).unwrap();
        let refused = DataDirLock::take(folder.path()).unwrap_err().to_string();
        assert!(refused.contains(&format!("process {} already", std::process::id())), "{refused}");
        drop(first);
        DataDirLock::take(folder.path()).unwrap();
    }
}
