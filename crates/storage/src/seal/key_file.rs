//! A file with a master key. Only its owner can read it (mode 0600). The file appears under its name only when it
//! is complete.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use zeroize::Zeroizing;

use super::master_key_error::MasterKeyError;

/// The maximum number of bytes that are read from a key file. Every key is shorter. With this limit, a wrong file name
/// does not fill the memory.
const LONGEST: u64 = 4096;

/// Reads the file. It is an error if users other than the owner can read or write the file.
pub(super) fn read(path: &Path) -> Result<Zeroizing<String>, MasterKeyError> {
    use std::io::Read as _;
    let failed = |cause| MasterKeyError::File { path: path.to_owned(), cause };
    let file = File::open(path).map_err(failed)?;
    if file.metadata().map_err(failed)?.permissions().mode() & 0o077 != 0 {
        return Err(MasterKeyError::Exposed(path.to_owned()));
    }
    let mut text = Zeroizing::new(String::new());
    file.take(LONGEST).read_to_string(&mut text).map_err(failed)?;
    Ok(text)
}

/// Writes the file, and flushes the file and its directory to disk. If the file already exists, it is not changed.
///
/// The key is first written to a draft file. The complete draft then gets the final name by a hard link, which fails if
/// the name already exists. So a crash leaves no part of a key under that name, and no other process reads a part of a
/// key there.
pub(super) fn create(path: &Path, text: &str) -> Result<(), MasterKeyError> {
    let failed = |cause| MasterKeyError::File { path: path.to_owned(), cause };
    if path.try_exists().map_err(failed)? {
        return Ok(());
    }
    let mut draft = path.as_os_str().to_owned();
    draft.push(format!(".{}", uuid::Uuid::from_u128(rand::random())));
    let draft = Path::new(&draft);
    let written = write_draft(draft, text).and_then(|()| match std::fs::hard_link(draft, path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        linked => linked,
    });
    let removed = std::fs::remove_file(draft);
    written.and(removed).and_then(|()| flush_directory(path)).map_err(failed)
}

fn write_draft(draft: &Path, text: &str) -> std::io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(draft)?;
    file.write_all(text.as_bytes())?;
    file.write_all(b"\n")?;
    file.sync_all()
}

/// Flushes the directory of the file, so that a crash does not undo the creation, removal or renaming of a file in it.
pub(super) fn flush_directory(path: &Path) -> std::io::Result<()> {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(directory)?.sync_all()
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;

    use super::*;
    use crate::seal::MasterKey;

    #[test]
    fn a_key_file_is_created_once_and_only_its_owner_can_read_it() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("master.key");
        MasterKey::read_or_create(&path).unwrap();
        let first = std::fs::read_to_string(&path).unwrap();
        MasterKey::read_or_create(&path).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), first);
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1, "no draft is left");
    }

    #[test]
    fn a_key_file_that_others_can_read_is_refused_with_advice() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("master.key");
        MasterKey::read_or_create(&path).unwrap();
        std::fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
        let error = MasterKey::read_or_create(&path).unwrap_err();
        assert!(error.to_string().contains(&format!("chmod 600 {}", path.display())), "{error}");
    }
}
