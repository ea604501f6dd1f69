//! The key that seals an account's messages and people. It is sealed by the installation's data key and stored in the
//! account's row of contents, so that it is deleted with the account. It outlives WhatsApp's session: messages stay
//! when the account is unlinked and linked again.

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
/// The id of the key in its records. An account has only one key in its life.
const KEY_ID: u32 = 1;

/// The ability to read and write one account's messages and people.
pub struct AccountKey {
    account: AccountId,
    pub(crate) cipher: Cipher,
}

/// The opened keys. Keys never change, and ids of accounts are never used again.
#[derive(Default)]
pub(crate) struct OpenKeys(Mutex<HashMap<AccountId, Arc<AccountKey>>>);

impl AccountKey {
    /// The account that the key belongs to.
    pub const fn account(&self) -> AccountId {
        self.account
    }

    /// The proof that this installation made a link to a file that works until `until`, in seconds since 1970.
    pub fn sign_link(&self, file: MediaId, until: i64) -> [u8; 32] {
        self.cipher.mac("media.link", &[file.as_bytes(), &until.to_be_bytes()])
    }

    /// The tag of a row with its own id.
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
    /// The key of an existing account. It is made at the first call. The caller must not hold a transaction, because
    /// making a key takes one.
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

    /// Drops an account's key from memory after the account was deleted.
    pub fn forget_key(&self, account: AccountId) {
        self.keys().forget(account);
    }

    /// Commits the key before anything is sealed with it. If two processes race, the first one's key stays.
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
