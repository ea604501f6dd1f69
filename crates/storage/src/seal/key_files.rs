//! The master key in files: the present one, and during a rotation the next and the previous one beside it.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::key_file;
use super::master_key::MasterKey;
use super::master_key_error::MasterKeyError;

/// `<file>`, `<file>.next` and `<file>.previous`. At each moment of a rotation, even if it is interrupted, every key
/// that wraps something is in one of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyFiles {
    current: PathBuf,
}

impl KeyFiles {
    /// Takes `current` as the file that an operator names.
    pub const fn at(current: PathBuf) -> Self {
        Self { current }
    }

    /// The file that an operator names.
    pub fn current(&self) -> &Path {
        &self.current
    }

    /// Where a rotation keeps the new key while the old one is still needed.
    pub fn next(&self) -> PathBuf {
        self.beside("next")
    }

    /// Where a rotation leaves the old key.
    pub fn previous(&self) -> PathBuf {
        self.beside("previous")
    }

    /// The key that will become the present one.
    pub(crate) fn read_next(&self) -> Result<Option<MasterKey>, MasterKeyError> {
        read_if_there(&self.next())
    }

    /// All keys that exist, the present one first. Fails if the present key is missing.
    pub(super) fn read(&self) -> Result<Vec<MasterKey>, MasterKeyError> {
        // The order matters. `promote_next` moves a key from the first place to the second, and before that copies
        // the second to the third. Reading in this order misses no key.
        let next = read_if_there(&self.next())?;
        let current = MasterKey::read(&self.current)?;
        let previous = read_if_there(&self.previous())?;
        Ok([Some(current), next, previous].into_iter().flatten().collect())
    }

    /// Stores a key as the next one, unless there is one. Returns the key that is stored now.
    pub(crate) fn put_next(&self, key: &MasterKey) -> Result<MasterKey, MasterKeyError> {
        key_file::create(&self.next(), &key.to_hex())?;
        MasterKey::read(&self.next())
    }

    /// Fails if the previous key of the last rotation still exists.
    pub(crate) fn require_no_previous(&self) -> Result<(), MasterKeyError> {
        let previous = self.previous();
        match previous.try_exists() {
            Ok(false) => Ok(()),
            Ok(true) => Err(MasterKeyError::PreviousInTheWay(previous)),
            Err(cause) => Err(MasterKeyError::File { path: previous, cause }),
        }
    }

    /// The present key becomes the previous one, and the next one becomes the present one. These are two atomic
    /// steps. Succeeds also if they were done before.
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
    fn both_keys_are_readable_before_during_and_after_the_switch() {
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
        // The state in which a process leaves the files if it is killed between the two steps.
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
    fn a_key_that_waits_for_the_switch_is_not_replaced() {
        let (_directory, files, _) = files();
        let waits = files.put_next(&MasterKey::generate(&mut rand::rng())).unwrap();
        let again = files.put_next(&MasterKey::generate(&mut rand::rng())).unwrap();
        assert_eq!(again.fingerprint(), waits.fingerprint());
    }

    #[test]
    fn an_older_key_is_never_overwritten() {
        let (_directory, files, first) = files();
        let older = MasterKey::read_or_create(&files.previous()).unwrap();
        files.put_next(&MasterKey::generate(&mut rand::rng())).unwrap();
        assert!(matches!(files.promote_next(), Err(MasterKeyError::PreviousInTheWay(_))));
        assert_eq!(MasterKey::read(&files.previous()).unwrap().fingerprint(), older.fingerprint());
        assert_eq!(MasterKey::read(files.current()).unwrap().fingerprint(), first.fingerprint());
    }
}
