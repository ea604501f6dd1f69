//! The files of master keys: the current key, and during a rotation also the next and the previous one.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::key_file;
use super::master_key::MasterKey;
use super::master_key_error::MasterKeyError;

/// The files `<file>`, `<file>.next` and `<file>.previous`. At any moment of a rotation, even an interrupted one,
/// each key that is still needed is in one of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyFiles {
    current: PathBuf,
}

impl KeyFiles {
    /// The files beside `current`, which is the file that the operator configured.
    pub const fn at(current: PathBuf) -> Self {
        Self { current }
    }

    /// The file that the operator configured. It has the current key.
    pub fn current(&self) -> &Path {
        &self.current
    }

    /// The file in which a rotation keeps the new key until it becomes the current key.
    pub fn next(&self) -> PathBuf {
        self.beside("next")
    }

    /// The file in which a rotation leaves the old key.
    pub fn previous(&self) -> PathBuf {
        self.beside("previous")
    }

    /// Reads the key that will become the current key; `None` if there is no such file.
    pub(crate) fn read_next(&self) -> Result<Option<MasterKey>, MasterKeyError> {
        read_if_there(&self.next())
    }

    /// Reads all keys that exist, the current key first. It is an error if the current key is missing.
    pub(super) fn read(&self) -> Result<Vec<MasterKey>, MasterKeyError> {
        // The order of reading matters. `promote_next` first copies the current key to `.previous`, and then moves the
        // next key to the current file. The files are read in the order next, current, previous. So no key is missed,
        // even if `promote_next` runs meanwhile.
        let next = read_if_there(&self.next())?;
        let current = MasterKey::read(&self.current)?;
        let previous = read_if_there(&self.previous())?;
        Ok([Some(current), next, previous].into_iter().flatten().collect())
    }

    /// Stores a key in the file of the next key, unless that file exists. Returns the key that is in the file now.
    pub(crate) fn put_next(&self, key: &MasterKey) -> Result<MasterKey, MasterKeyError> {
        key_file::create(&self.next(), &key.to_hex())?;
        MasterKey::read(&self.next())
    }

    /// It is an error if the file with the previous key of an earlier rotation still exists.
    pub(crate) fn require_no_previous(&self) -> Result<(), MasterKeyError> {
        let previous = self.previous();
        match previous.try_exists() {
            Ok(false) => Ok(()),
            Ok(true) => Err(MasterKeyError::PreviousInTheWay(previous)),
            Err(cause) => Err(MasterKeyError::File { path: previous, cause }),
        }
    }

    /// Makes the next key the current one. First, the current key becomes the previous one. Each of the two steps
    /// is atomic. Does nothing if there is no next key.
    pub(crate) fn promote_next(&self) -> Result<(), MasterKeyError> {
        let (current, next, previous) = (&self.current, self.next(), self.previous());
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |cause| MasterKeyError::File { path, cause }
        };
        if !next.try_exists().map_err(failed(&next))? {
            return Ok(());
        }
        match std::fs::hard_link(current, &previous) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                if MasterKey::read(&previous)?.fingerprint() != MasterKey::read(current)?.fingerprint() {
                    return Err(MasterKeyError::PreviousInTheWay(previous));
                }
            }
            linked => linked.map_err(failed(&previous))?,
        }
        key_file::flush_directory(current).map_err(failed(current))?;
        std::fs::rename(&next, current).map_err(failed(&next))?;
        key_file::flush_directory(current).map_err(failed(current))
    }

    fn beside(&self, suffix: &str) -> PathBuf {
        let mut name = self.current.as_os_str().to_owned();
        name.push(".");
        name.push(suffix);
        name.into()
    }
}

fn read_if_there(path: &Path) -> Result<Option<MasterKey>, MasterKeyError> {
    match MasterKey::read(path) {
        Err(MasterKeyError::File { cause, .. }) if cause.kind() == ErrorKind::NotFound => Ok(None),
        read => read.map(Some),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files() -> (tempfile::TempDir, KeyFiles, MasterKey) {
        let directory = tempfile::tempdir().unwrap();
        let files = KeyFiles::at(directory.path().join("master.key"));
        let first = MasterKey::read_or_create(files.current()).unwrap();
        (directory, files, first)
    }

    #[test]
    fn both_keys_are_readable_before_during_and_after_the_files_are_swapped() {
        let (_directory, files, first) = files();
        let second = files.put_next(&MasterKey::generate(&mut rand::rng())).unwrap();
        let both = |files: &KeyFiles| {
            let mut found: Vec<_> = files.read().unwrap().iter().map(MasterKey::fingerprint).collect();
            found.sort();
            found.dedup();
            assert_eq!(found.len(), 2, "{found:?}");
            assert!(found.contains(&first.fingerprint()) && found.contains(&second.fingerprint()));
        };
        both(&files);
        // A process that is killed between the two steps leaves the files like this.
        std::fs::hard_link(files.current(), files.previous()).unwrap();
        both(&files);
        for _ in 0..2 {
            files.promote_next().unwrap();
            both(&files);
            assert_eq!(MasterKey::read(files.current()).unwrap().fingerprint(), second.fingerprint());
            assert_eq!(MasterKey::read(&files.previous()).unwrap().fingerprint(), first.fingerprint());
        }
    }

    #[test]
    fn a_key_that_waits_to_become_current_is_never_overwritten() {
        let (_directory, files, _) = files();
        let waits = files.put_next(&MasterKey::generate(&mut rand::rng())).unwrap();
        let again = files.put_next(&MasterKey::generate(&mut rand::rng())).unwrap();
        assert_eq!(again.fingerprint(), waits.fingerprint());
    }

    #[test]
    fn the_key_before_the_current_one_is_never_overwritten() {
        let (_directory, files, first) = files();
        let older = MasterKey::read_or_create(&files.previous()).unwrap();
        files.put_next(&MasterKey::generate(&mut rand::rng())).unwrap();
        assert!(matches!(files.promote_next(), Err(MasterKeyError::PreviousInTheWay(_))));
        assert_eq!(MasterKey::read(&files.previous()).unwrap().fingerprint(), older.fingerprint());
        assert_eq!(MasterKey::read(files.current()).unwrap().fingerprint(), first.fingerprint());
    }
}
