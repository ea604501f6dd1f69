//! Changes the master key while servers run. Each step is independent: a process that is killed between two steps, or
//! during one, can begin again and finish the same rotation.

use linekeeper_model::id::AccountId;

use crate::seal::{Fingerprint, KeyFiles, KeyRing, MasterKey, MasterKeyError};
use crate::storage::Storage;
use crate::vault::{KeyUse, Vault, VaultError};

/// A rotation that has begun.
pub struct KeyRotation {
    vault: Vault,
    key: MasterKey,
    next: Next,
}

/// What a step did.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum RotationStep {
    /// From now on, new data keys are wrapped with the new key.
    Switched(Fingerprint),
    /// Some data keys were wrapped with the new key.
    Rewrapped(usize),
    /// All data keys were opened with the new key alone. This is their number.
    Proven(usize),
    /// The new key is in the file that the operator configured, and the old key is beside it.
    FilesSwapped(KeyFiles),
    /// All steps are done.
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

/// Why a rotation cannot begin or continue. Nothing is lost: the previous keys still open everything.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RotationError {
    /// The keys come from the environment, which contains no second key.
    #[error(
        "the master key is given by the environment: start the server and this command with the new one as \
         ENCRYPTION_KEY and the old one as ENCRYPTION_KEY_PREVIOUS, then rotate"
    )]
    NoNewKey,
    /// A key file was given, but the keys do not come from files.
    #[error("--new-key-file is for keys that come from a file; give the new key as ENCRYPTION_KEY")]
    NotInFiles,
    /// Another rotation has not ended.
    #[error("a rotation to key {0} has not ended: run `linekeeper keys rotate` without a new key first")]
    UnderWay(Fingerprint),
    /// The new key of an unfinished rotation is missing.
    #[error(
        "a rotation to key {name} has not ended, and that key is gone: put it back as {path}",
        path = path.display()
    )]
    KeyGone {
        /// Which key.
        name: Fingerprint,
        /// The path where it is expected.
        path: std::path::PathBuf,
    },
    /// The new key is the old one.
    #[error("the new key is the present one")]
    SameKey,
    /// These data keys can be opened with neither the old nor the new key. All others are done.
    #[error(
        "{} of the data keys do not open, so the old key was kept: {}; `linekeeper doctor` and the account's status say \
         more, and linking the account again replaces its data key", .0.len(), named(.0)
    )]
    Damaged(Vec<Option<AccountId>>),
    /// A key file.
    #[error(transparent)]
    MasterKey(#[from] MasterKeyError),
    /// The vault.
    #[error(transparent)]
    Vault(#[from] VaultError),
}

impl KeyRotation {
    /// Begins a rotation to `new`, or to a random key, or continues an unfinished one. Only the new key's file is
    /// created.
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

    /// The new key's name.
    pub fn key(&self) -> Fingerprint {
        self.key.fingerprint()
    }

    /// Does the next step; `None` when everything is done.
    pub async fn step(&mut self) -> Result<Option<RotationStep>, RotationError> {
        let (done, next) = match self.next {
            Next::Switch => {
                self.vault.write_with(self.key()).await?;
                // The installation's own key has session 0.
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
        // The process was killed after the files were swapped, or the operator put both files there.
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

/// A random key with a new fingerprint, because a fingerprint has only 32 bits and could repeat.
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
    /// Whether every data key, present and future, is wrapped with that key.
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
