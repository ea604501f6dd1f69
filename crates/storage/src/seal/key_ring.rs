//! The master keys that a process has: the current one, and others with which data keys can still be unwrapped.
//! The vault decides which of them wraps new data keys.

use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

use super::data_key::{DataKey, Owner};
use super::fingerprint::Fingerprint;
use super::key_files::KeyFiles;
use super::master_key::MasterKey;
use super::master_key_error::MasterKeyError;
use super::record::UnsealError;

/// The master keys of this process. Clones share the same keys.
#[derive(Clone)]
pub struct KeyRing(Arc<Ring>);

struct Ring {
    /// The current key when the process started.
    current: MasterKey,
    /// Other keys that the operator gave. They do not change while the process runs.
    given: Vec<MasterKey>,
    files: Option<KeyFiles>,
    /// The keys that were in the files when the files were last read.
    read: RwLock<Vec<MasterKey>>,
}

impl KeyRing {
    /// Keys that never change, for example from environment variables.
    pub fn given(current: MasterKey, others: Vec<MasterKey>) -> Self {
        Self(Arc::new(Ring { current, given: others, files: None, read: RwLock::default() }))
    }

    /// The key in a file, the keys that a rotation keeps in files beside it, and `others`. When a key is missing, the
    /// files are read again. So this process need not be restarted after another process has rotated the key.
    pub fn of_file(path: PathBuf, others: Vec<MasterKey>) -> Result<Self, MasterKeyError> {
        let files = KeyFiles::at(path);
        let read = files.read()?;
        let current = read.first().expect("the present one is always read").clone();
        Ok(Self(Arc::new(Ring { current, given: others, files: Some(files), read: RwLock::new(read) })))
    }

    /// The same as [`Self::of_file`], but if the file does not exist, it is created with a random key.
    pub fn of_file_or_new(path: PathBuf, others: Vec<MasterKey>) -> Result<Self, MasterKeyError> {
        MasterKey::read_or_create(&path)?;
        Self::of_file(path, others)
    }

    /// The key that was the current one when the process started.
    pub fn current(&self) -> &MasterKey {
        &self.0.current
    }

    /// The files with the keys; `None` if the keys do not come from files.
    pub fn files(&self) -> Option<&KeyFiles> {
        self.0.files.as_ref()
    }

    /// The key with this fingerprint.
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

    /// Decrypts a data key with the master key that wrapped it.
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
