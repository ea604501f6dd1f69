//! Backups in a folder of this machine. Even an unfinished backup can be read only by its owner. A file gets its
//! final name only when its last byte is on disk.

use std::fs::Permissions;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use tokio::fs::{self, File, OpenOptions};

use super::{BackupError, Name};

const OWNER_ONLY: u32 = 0o600;

/// Copies a file into the folder.
pub(super) async fn put(folder: &Path, name: &Name, file: &Path) -> Result<(), BackupError> {
    let begun = folder.join(format!("{name}#0"));
    let copied = copy(file, &begun).await;
    let placed = match copied {
        Ok(()) => fs::rename(&begun, folder.join(name.as_str())).await,
        Err(error) => Err(error),
    };
    if let Err(cause) = placed {
        // The error of removing the file is ignored: the next backup removes the file.
        let _left_behind = fs::remove_file(&begun).await;
        return Err(BackupError::path(&begun)(cause));
    }
    // The file's name must be on disk too, so that it survives a power failure.
    let synced = async { File::open(folder).await?.sync_all().await };
    synced.await.map_err(BackupError::path(folder))
}

async fn copy(from: &Path, to: &Path) -> io::Result<()> {
    let mut from = File::open(from).await?;
    let mut to = OpenOptions::new().write(true).create_new(true).mode(OWNER_ONLY).open(to).await?;
    tokio::io::copy(&mut from, &mut to).await?;
    to.sync_all().await
}

/// Removes unfinished files that killed processes left, and makes older backups unreadable for other users.
pub(super) fn sweep(folder: &Path) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let Some(name) = name.to_str() else { continue };
        // The name of an unfinished file is a backup's name, `#` and a number.
        if name.split_once('#').is_some_and(|(name, _)| Name::parse(name).is_some()) {
            std::fs::remove_file(entry.path())?;
        } else if Name::parse(name).is_some() && entry.metadata()?.permissions().mode() & 0o077 != 0 {
            let restricted = std::fs::set_permissions(entry.path(), Permissions::from_mode(OWNER_ONLY));
            if let Err(error) = restricted {
                tracing::warn!(name, %error, "others than its owner can read a backup");
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;

    fn mode(path: &Path) -> u32 {
        path.metadata().unwrap().permissions().mode() & 0o777
    }

    #[tokio::test]
    async fn only_the_owner_can_read_a_backup() {
        let folder = tempfile::tempdir().unwrap();
        let dump = folder.path().join("dump");
        std::fs::write(&dump, "rows").unwrap();
        let name = Name::at(Timestamp::UNIX_EPOCH);
        put(folder.path(), &name, &dump).await.unwrap();
        let path = folder.path().join(name.as_str());
        assert_eq!((std::fs::read_to_string(&path).unwrap().as_str(), mode(&path)), ("rows", 0o600));
    }

    #[test]
    fn a_sweep_makes_old_backups_private_and_removes_unfinished_files() {
        let folder = tempfile::tempdir().unwrap();
        let [old, notes] = [Name::at(Timestamp::UNIX_EPOCH).to_string(), "notes.txt".to_owned()]
            .map(|name| folder.path().join(name));
        let begun = folder.path().join(format!("{}#7", Name::at(Timestamp::UNIX_EPOCH)));
        for path in [&old, &notes, &begun] {
            std::fs::write(path, "x").unwrap();
            std::fs::set_permissions(path, Permissions::from_mode(0o644)).unwrap();
        }
        sweep(folder.path()).unwrap();
        assert_eq!((mode(&old), mode(&notes), begun.exists()), (0o600, 0o644, false));
    }
}
