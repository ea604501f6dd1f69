//! The master keys that a process has: one that an operator calls the present one, and others that may still open.
//! Which of them wraps new data keys is said by the vault, not here.

use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

use super::data_key::{DataKey, Owner};
use super::fingerprint::Fingerprint;
use super::key_files::KeyFiles;
use super::master_key::MasterKey;
use super::master_key_error::MasterKeyError;
use super::record::UnsealError;

/// Cheap to clone.
#[derive(Clone)]
pub struct KeyRing(Arc<Ring>);

struct Ring {
    /// As an operator gave it when the process started.
    current: MasterKey,
    /// Given besides, for as long as the process lives.
    given: Vec<MasterKey>,
    files: Option<KeyFiles>,
    /// What the files held when they were last read.
    read: RwLock<Vec<MasterKey>>,
}

impl KeyRing {
    /// Keys that never change, such as those of an environment.
    pub fn given(current: MasterKey, others: Vec<MasterKey>) -> Self {
        Self(Arc::new(Ring { current, given: others, files: None, read: RwLock::default() }))
    }

    /// The key of a file, with those that a rotation puts beside it, and `others`. The files are read again whenever
    /// a key is missed: a rotation by another process needs no restart of this one.
    pub fn of_file(path: PathBuf, others: Vec<MasterKey>) -> Result<Self, MasterKeyError> {
        let files = KeyFiles::at(path);
        let read = files.read()?;
        let current = read.first().expect("the present one is always read").clone();
        Ok(Self(Arc::new(Ring { current, given: others, files: Some(files), read: RwLock::new(read) })))
    }

    /// The same; a random key is written to the file where there is none.
    pub fn of_file_or_new(path: PathBuf, others: Vec<MasterKey>) -> Result<Self, MasterKeyError> {
        MasterKey::read_or_create(&path)?;
        Self::of_file(path, others)
    }

    /// The present key, as it was when the process started.
    pub fn current(&self) -> &MasterKey {
        &self.0.current
    }

    /// Where the keys come from, where they come from files.
    pub fn files(&self) -> Option<&KeyFiles> {
        self.0.files.as_ref()
    }

    /// The key of that name.
    pub fn find(&self, name: Fingerprint) -> Option<MasterKey> {
        self.known(name).or_else(|| {
            let files = self.files()?;
            match files.read() {
                Ok(keys) => *self.0.read.write().unwrap_or_else(PoisonError::into_inner) = keys,
                Err(error) => tracing::warn!(key = %name, %error, "the key files could not be read again"),
            }
            self.known(name)
        })
    }

    /// Unwraps a data key with whichever master key wrapped it.
    pub(crate) fn unwrap(&self, wrapped: &[u8], owner: Owner, id: u32) -> Result<DataKey, UnsealError> {
        let found = Fingerprint::of(wrapped)?;
        let expected = self.current().fingerprint().0;
        let key = self.find(found).ok_or(UnsealError::OtherKey { found: found.0, expected })?;
        key.unwrap(wrapped, owner, id)
    }

    fn known(&self, name: Fingerprint) -> Option<MasterKey> {
        let read = self.0.read.read().unwrap_or_else(PoisonError::into_inner);
        let mut keys = std::iter::once(&self.0.current).chain(&self.0.given).chain(read.iter());
        keys.find(|key| key.fingerprint() == name).cloned()
    }
}

impl From<MasterKey> for KeyRing {
    fn from(key: MasterKey) -> Self {
        Self::given(key, Vec::new())
    }
}

impl std::fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("KeyRing(..)")
    }
}
