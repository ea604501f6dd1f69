//! Changes the master key while servers run. A process that is killed at any time can start again and finish the
//! same rotation.

use linekeeper_model::id::AccountId;

use crate::seal::{Fingerprint, KeyFiles, KeyRing, MasterKey, MasterKeyError};
use crate::storage::Storage;
use crate::vault::{KeyUse, Vault, VaultError};

/// A rotation that was started.
pub struct KeyRotation {
    vault: Vault,
    key: MasterKey,
    next: Next,
}

/// What a step did.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum RotationStep {
    /// The new key was made the key that encrypts new data keys.
    Switched(Fingerprint),
    /// This number of data keys was encrypted again, with the new key.
    Rewrapped(usize),
    /// All data keys were decrypted with only the new key. The number is how many there are.
    Proven(usize),
    /// The new key was moved into the file that the operator configured, and the old key was moved to a file
    /// beside it.
    FilesSwapped(KeyFiles),
    /// The rotation is finished.
    Finished,
}

enum Next {
    Switch,
    Rewrap { after: i64 },
    Prove,
    SwapFiles,
    Finish,
    Nothing,
}

/// Why a rotation cannot start or continue. No data is lost: the previous keys still decrypt all data.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RotationError {
    /// The keys come from the environment, and it contains only one key.
    #[error(
        "the master key is given by the environment: start the server and this command with the new one as \
         ENCRYPTION_KEY and the old one as ENCRYPTION_KEY_PREVIOUS, then rotate"
    )]
    NoNewKey,
    /// A key file was given, but the keys do not come from files.
    #[error("--new-key-file is for keys that come from a file; give the new key as ENCRYPTION_KEY")]
    NotInFiles,
    /// Another rotation was started and is not finished.
    #[error("a rotation to key {0} has not ended: run `linekeeper keys rotate` without a new key first")]
    UnderWay(Fingerprint),
    /// A rotation was started, and the file with its new key is missing.
    #[error(
        "a rotation to key {name} has not ended, and that key is gone: put it back as {path}",
        path = path.display()
    )]
    KeyGone {
        /// The fingerprint of the missing key.
        name: Fingerprint,
        /// The path at which the key is expected.
        path: std::path::PathBuf,
    },
    /// The new key is the same as the current key.
    #[error("the new key is the present one")]
    SameKey,
    /// These data keys can be decrypted neither with the old key nor with the new key. All other data keys are
    /// encrypted with the new key.
    #[error(
        "{} of the data keys do not open, so the old key was kept: {}; `linekeeper doctor` and the account's status say \
         more, and linking the account again replaces its data key", .0.len(), named(.0)
    )]
    Damaged(Vec<Option<AccountId>>),
    /// A key file cannot be used.
    #[error(transparent)]
    MasterKey(#[from] MasterKeyError),
    /// The vault, the encrypted store of sessions, failed.
    #[error(transparent)]
    Vault(#[from] VaultError),
}

impl KeyRotation {
    /// Starts a rotation to the key `new`, or to a random key, or continues an unfinished rotation. This only
    /// creates the file with the new key.
    pub async fn begin(storage: &Storage, new: Option<MasterKey>) -> Result<Self, RotationError> {
        let vault = storage.vault().clone();
        let usage = vault.key_use().await?;
        let key = match vault.keys().files() {
            Some(files) => from_files(vault.keys(), files, &usage, new)?,
            None if new.is_some() => return Err(RotationError::NotInFiles),
            None => given(vault.keys(), &usage)?,
        };
        Ok(Self { vault, key, next: Next::Switch })
    }

    /// The fingerprint of the new key.
    pub fn key(&self) -> Fingerprint {
        self.key.fingerprint()
    }

    /// Does the next step. Returns `None` when the rotation is finished.
    pub async fn step(&mut self) -> Result<Option<RotationStep>, RotationError> {
        let (done, next) = match self.next {
            Next::Switch => {
                self.vault.write_with(self.key()).await?;
                // The first session to rewrap is the one after number -1, because the installation's own data key has
                // the session number 0.
                (RotationStep::Switched(self.key()), Next::Rewrap { after: -1 })
            }
            Next::Rewrap { after } => {
                let rewrapped = self.vault.rewrap(&self.key, after).await?;
                let next = rewrapped.next.map_or(Next::Prove, |after| Next::Rewrap { after });
                (RotationStep::Rewrapped(rewrapped.count), next)
            }
            Next::Prove => match self.vault.prove(&self.key).await? {
                (count, failed) if failed.is_empty() => (RotationStep::Proven(count), Next::SwapFiles),
                (_, failed) => return Err(RotationError::Damaged(failed)),
            },
            Next::SwapFiles => match self.vault.keys().files() {
                Some(files) => {
                    files.promote_next()?;
                    (RotationStep::FilesSwapped(files.clone()), Next::Finish)
                }
                None => return self.finish().await,
            },
            Next::Finish => return self.finish().await,
            Next::Nothing => return Ok(None),
        };
        self.next = next;
        Ok(Some(done))
    }

    async fn finish(&mut self) -> Result<Option<RotationStep>, RotationError> {
        self.vault.rotated(self.key()).await?;
        self.next = Next::Nothing;
        Ok(Some(RotationStep::Finished))
    }
}

fn from_files(
    keys: &KeyRing,
    files: &KeyFiles,
    usage: &KeyUse,
    new: Option<MasterKey>,
) -> Result<MasterKey, RotationError> {
    let current = MasterKey::read(files.current())?;
    let waiting = files.read_next()?;
    if usage.rotating && keys.find(usage.writing).is_none() {
        return Err(RotationError::KeyGone { name: usage.writing, path: files.next() });
    }
    let target = match waiting {
        Some(next) => next,
        // No file has a next key, but the rotation is not finished. So the new key is already in the configured file:
        // the process was killed after it swapped the two key files, or the operator put the keys into these files.
        None if usage.rotating || !usage.is_all_under(current.fingerprint()) => current,
        None => {
            files.require_no_previous()?;
            let next = new.clone().unwrap_or_else(|| unlike(keys, usage));
            if next.fingerprint() == current.fingerprint() {
                return Err(RotationError::SameKey);
            }
            files.put_next(&next)?
        }
    };
    match new {
        Some(new) if new.fingerprint() != target.fingerprint() => {
            Err(RotationError::UnderWay(target.fingerprint()))
        }
        _ => Ok(target),
    }
}

fn given(keys: &KeyRing, usage: &KeyUse) -> Result<MasterKey, RotationError> {
    let current = keys.current();
    if !usage.rotating && usage.is_all_under(current.fingerprint()) {
        return Err(RotationError::NoNewKey);
    }
    Ok(current.clone())
}

/// A random key whose fingerprint is not in use yet. A fingerprint has only 32 bits, so two keys could have the same
/// fingerprint.
fn unlike(keys: &KeyRing, usage: &KeyUse) -> MasterKey {
    loop {
        let key = MasterKey::generate(&mut rand::rng());
        let name = key.fingerprint();
        if keys.find(name).is_none() && !usage.data_keys.contains_key(&name) {
            return key;
        }
    }
}

impl KeyUse {
    /// Whether all data keys are encrypted with this key, and new data keys will also be encrypted with this key.
    pub fn is_all_under(&self, key: Fingerprint) -> bool {
        self.writing == key && self.data_keys.keys().all(|name| *name == key)
    }
}

fn named(accounts: &[Option<AccountId>]) -> String {
    let name = |account: &Option<AccountId>| match account {
        Some(account) => format!("account {account}"),
        None => "one without an account".to_owned(),
    };
    accounts.iter().map(name).collect::<Vec<_>>().join(", ")
}
