//! The key that encrypts the messages and contacts of an account. This account key is itself encrypted with the
//! installation's data key. The encrypted account key is stored in the account's row, so that it is deleted together
//! with the account. The account key stays when the account is unlinked and linked again, so that the account's
//! messages stay readable.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use linekeeper_model::id::{AccountId, MediaId};
use zeroize::Zeroizing;

use crate::db::{Connection, Row};
use crate::error::StorageError;
use crate::seal::{Cipher, DataKey, Owner, Tag};
use crate::storage::Storage;
use crate::tx::Context;

const KIND: &str = "account.key";
/// The id of the key in the records that it encrypts. An account never gets a second key.
const KEY_ID: u32 = 1;

/// Reads and writes the encrypted messages and contacts of one account.
pub struct AccountKey {
    account: AccountId,
    pub(crate) cipher: Cipher,
}

/// The decrypted keys, by account. A kept key never becomes outdated, because a key never changes, and the id of a
/// deleted account is never reused.
#[derive(Default)]
pub(crate) struct OpenKeys(Mutex<HashMap<AccountId, Arc<AccountKey>>>);

impl AccountKey {
    /// The account that the key belongs to.
    pub const fn account(&self) -> AccountId {
        self.account
    }

    /// Signs a link to a file. The signature proves that this installation made the link. The link works until
    /// `until`, in seconds since 1970.
    pub fn sign_link(&self, file: MediaId, until: i64) -> [u8; 32] {
        self.cipher.mac("media.link", &[file.as_bytes(), &until.to_be_bytes()])
    }

    /// The part of the associated data that binds an encrypted value to the row with this id. The value cannot be
    /// decrypted in another row.
    pub(crate) const fn row(id: &[u8; 16]) -> Tag {
        Tag::from_bytes(*id)
    }

    pub(crate) fn seal_json(&self, kind: &str, id: &[u8; 16], value: &impl serde::Serialize) -> Vec<u8> {
        let json = serde_json::to_vec(value).expect("texts, numbers and times serialize");
        self.cipher.seal(kind, &Self::row(id), &json)
    }

    pub(crate) fn open(
        &self,
        kind: &'static str,
        id: &[u8; 16],
        record: &[u8],
    ) -> Result<Vec<u8>, StorageError> {
        let opened = self.cipher.open(kind, &Self::row(id), record);
        opened.map_err(|error| StorageError::unreadable(kind, error))
    }

    pub(crate) fn open_json<T: serde::de::DeserializeOwned>(
        &self,
        kind: &'static str,
        id: &[u8; 16],
        record: &[u8],
    ) -> Result<T, StorageError> {
        let json = self.open(kind, id, record)?;
        serde_json::from_slice(&json).map_err(|error| StorageError::unreadable(kind, error))
    }
}

impl std::fmt::Debug for AccountKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AccountKey").field("account", &self.account).finish_non_exhaustive()
    }
}

impl OpenKeys {
    fn get(&self, account: AccountId) -> Option<Arc<AccountKey>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&account).cloned()
    }

    fn keep(&self, key: AccountKey) -> Arc<AccountKey> {
        let mut keys = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        keys.entry(key.account).or_insert_with(|| Arc::new(key)).clone()
    }

    pub(crate) fn forget(&self, account: AccountId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&account);
    }
}

impl Storage {
    /// The key of an existing account. The first call creates the key. The caller must not hold a transaction,
    /// because creating a key begins one.
    pub async fn account_key(&self, account: AccountId) -> Result<Arc<AccountKey>, StorageError> {
        if let Some(key) = self.keys().get(account) {
            return Ok(key);
        }
        let mut reading = self.product().read().await?;
        let found = find(&mut reading.connection(), account).await?;
        drop(reading);
        let record = match found {
            Some(record) => record,
            None => self.make_key(account).await?,
        };
        Ok(self.keys().keep(open(self.context(), account, &record)?))
    }

    /// Removes the key of a deleted account from memory.
    pub fn forget_key(&self, account: AccountId) {
        self.keys().forget(account);
    }

    /// Creates the key and commits it before anything is encrypted with it. If two processes do this at the same
    /// time, both use the key that was stored first.
    async fn make_key(&self, account: AccountId) -> Result<Vec<u8>, StorageError> {
        const SQL: &str = "INSERT INTO account_contents (account_id, sealed_key, epoch, last_place)
            VALUES ($1, $2, 0, 0) ON CONFLICT (account_id) DO NOTHING";
        let key = DataKey::generate(&mut rand::rng());
        let sealed = self.context().cipher.seal(KIND, &AccountKey::row(account.as_bytes()), key.bytes());
        let mut transaction = self.product().begin().await?;
        let mut connection = transaction.connection();
        connection.execute(SQL, &[account.to_string().as_str().into(), sealed.as_slice().into()]).await?;
        let record = find(&mut connection, account).await?;
        transaction.commit().await?;
        record.ok_or_else(|| StorageError::unreadable(KIND, "it was removed while it was made"))
    }
}

async fn find(connection: &mut Connection<'_>, account: AccountId) -> Result<Option<Vec<u8>>, StorageError> {
    const SQL: &str = "SELECT sealed_key FROM account_contents WHERE account_id = $1";
    let row: Option<Row> = connection.fetch_optional(SQL, &[account.to_string().as_str().into()]).await?;
    Ok(row.map(|row| row.get("sealed_key")).transpose()?)
}

fn open(context: &Context, account: AccountId, record: &[u8]) -> Result<AccountKey, StorageError> {
    let opened = context.cipher.open(KIND, &AccountKey::row(account.as_bytes()), record);
    let opened = Zeroizing::new(opened.map_err(|error| StorageError::unreadable(KIND, error))?);
    let bytes: [u8; 32] =
        opened.as_slice().try_into().map_err(|error| StorageError::unreadable(KIND, error))?;
    let cipher = DataKey::from_bytes(bytes).cipher(Owner::Account(*account.as_bytes()), KEY_ID);
    Ok(AccountKey { account, cipher })
}
