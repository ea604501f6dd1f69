//! Encrypts data keys with another master key. The values that the data keys encrypt do not change.

use std::collections::BTreeMap;

use linekeeper_model::Timestamp;
use linekeeper_model::id::AccountId;

use super::data_keys::{INSTALLATION, key_id};
use super::error::VaultError;
use super::{Vault, writing_key};
use crate::db::{Connection, Pool, Row};
use crate::seal::{DataKey, Fingerprint, KeyFiles, KeyRing, MasterKey, Owner, UnsealError};

/// The number of data keys in one transaction. It is small, so that nothing waits long for the transaction.
const BATCH: usize = 64;

/// Which master keys are in use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyUse {
    /// The master key that wraps new data keys.
    pub writing: Fingerprint,
    /// When this master key began to wrap new data keys.
    pub since: Timestamp,
    /// Whether some data keys may still be wrapped with other master keys.
    pub rotating: bool,
    /// How many data keys are wrapped with each master key.
    pub data_keys: BTreeMap<Fingerprint, u64>,
}

/// The result of one transaction of a rotation.
pub(crate) struct Rewrapped {
    /// How many data keys were wrapped with the new master key.
    pub(crate) count: usize,
    /// The session after which the next transaction begins; `None` if no data keys are left.
    pub(crate) next: Option<i64>,
}

/// A wrapped data key, as the database stores it.
struct Wrapped {
    session: i64,
    id: i64,
    account: Option<AccountId>,
    bytes: Vec<u8>,
}

impl Vault {
    /// Which master keys are in use.
    pub async fn key_use(&self) -> Result<KeyUse, VaultError> {
        const SQL: &str = "SELECT substr(wrapped, 2, 4) AS name, COUNT(*) AS n FROM data_keys GROUP BY 1";
        let mut transaction = self.0.pool.read().await?;
        let mut connection = transaction.connection();
        let writing = writing_key::read(&mut connection).await?;
        let since = Timestamp::from_millisecond(writing.since)
            .map_err(|error| VaultError::unreadable("writing key", error))?;
        let mut data_keys = BTreeMap::new();
        for row in connection.fetch_all(SQL, &[]).await? {
            let name: [u8; 4] = row.get::<Vec<u8>>("name")?.try_into().map_err(|_| too_short())?;
            data_keys.insert(Fingerprint::from(name), row.get::<i64>("n")?.unsigned_abs());
        }
        Ok(KeyUse { writing: writing.fingerprint, since, rotating: writing.rotating, data_keys })
    }

    /// The files with the master keys; `None` if the keys do not come from files.
    pub fn key_files(&self) -> Option<&KeyFiles> {
        self.0.keys.files()
    }

    pub(crate) fn pool(&self) -> &Pool {
        &self.0.pool
    }

    /// The master key that wraps new data keys.
    pub(crate) async fn writing_key(&self) -> Result<MasterKey, VaultError> {
        let mut transaction = self.0.pool.read().await?;
        writing_key::find(&mut transaction.connection(), &self.0.keys).await
    }

    /// The master keys that this process has.
    pub fn keys(&self) -> &KeyRing {
        &self.0.keys
    }

    /// From now on, all processes wrap new data keys with this master key.
    pub(crate) async fn write_with(&self, key: Fingerprint) -> Result<(), VaultError> {
        let now = self.0.clock.now().as_millisecond();
        let mut transaction = self.0.pool.begin().await?;
        writing_key::switch(&mut transaction.connection(), key, now).await?;
        Ok(transaction.commit().await?)
    }

    /// Notes that the rotation to this master key is finished. Removes the old wrapped keys from SQLite's log,
    /// unless somebody is reading from the log.
    pub(crate) async fn rotated(&self, key: Fingerprint) -> Result<(), VaultError> {
        let mut transaction = self.0.pool.begin().await?;
        writing_key::settled(&mut transaction.connection(), key).await?;
        transaction.commit().await?;
        if let Err(error) = self.0.pool.checkpoint().await {
            tracing::info!(%error, "old wrappings leave the log file at the next checkpoint");
        }
        Ok(())
    }

    /// Wraps some data keys with the master key `key`: those of the next sessions after `after`, in one
    /// transaction. Damaged data keys are skipped.
    pub(crate) async fn rewrap(&self, key: &MasterKey, after: i64) -> Result<Rewrapped, VaultError> {
        const SQL: &str = "UPDATE data_keys SET wrapped = $1 WHERE session = $2 AND id = $3 AND wrapped = $4";
        let mut transaction = self.0.pool.begin().await?;
        let mut connection = transaction.connection();
        let found = under_others(&mut connection, key.fingerprint(), after).await?;
        let next = found.last().filter(|_| found.len() == BATCH).map(|last| last.session);
        let mut count = 0;
        for old in found {
            let Ok((data_key, owner)) = old.unwrap(&self.0.keys) else { continue };
            let new = key.wrap(&data_key, owner, key_id(old.id));
            let values =
                [new.as_slice().into(), old.session.into(), old.id.into(), old.bytes.as_slice().into()];
            // If the session was destroyed in the meantime, no row changes.
            count += usize::from(connection.execute(SQL, &values).await? > 0);
        }
        transaction.commit().await?;
        Ok(Rewrapped { count, next })
    }

    /// Decrypts every data key with only `key`. Returns their number, and the accounts of the data keys that
    /// cannot be decrypted.
    pub(crate) async fn prove(&self, key: &MasterKey) -> Result<(usize, Vec<Option<AccountId>>), VaultError> {
        const SQL: &str =
            "SELECT d.session, d.id, d.wrapped, COALESCE(l.owner, l.account) AS account FROM data_keys d
            LEFT JOIN vault_leases l ON l.session = d.session ORDER BY d.session";
        let alone = KeyRing::from(key.clone());
        let rows = self.0.pool.read().await?.connection().fetch_all(SQL, &[]).await?;
        let mut failed = Vec::new();
        for row in &rows {
            let data_key = Wrapped::read(row)?;
            if data_key.unwrap(&alone).is_err() {
                failed.push(data_key.account);
            }
        }
        Ok((rows.len(), failed))
    }
}

/// Data keys that other master keys have wrapped, in the order of their sessions.
async fn under_others(
    connection: &mut Connection<'_>,
    key: Fingerprint,
    after: i64,
) -> Result<Vec<Wrapped>, VaultError> {
    const SQL: &str =
        "SELECT d.session, d.id, d.wrapped, COALESCE(l.owner, l.account) AS account FROM data_keys d
        LEFT JOIN vault_leases l ON l.session = d.session
        WHERE d.session > $1 AND substr(d.wrapped, 2, 4) <> $2 ORDER BY d.session LIMIT $3";
    let name = key.bytes();
    let values = [after.into(), name.as_slice().into(), (BATCH as i64).into()];
    connection.fetch_all(SQL, &values).await?.iter().map(Wrapped::read).collect()
}

impl Wrapped {
    fn read(row: &Row) -> Result<Self, VaultError> {
        let account: Option<Vec<u8>> = row.get("account")?;
        let account = account.map(|bytes| uuid::Uuid::from_slice(&bytes)).transpose();
        let account = account.map_err(|error| VaultError::unreadable("lease", error))?;
        Ok(Self {
            session: row.get("session")?,
            id: row.get("id")?,
            account: account.map(AccountId::from),
            bytes: row.get("wrapped")?,
        })
    }

    fn unwrap(&self, keys: &KeyRing) -> Result<(DataKey, Owner), UnsealError> {
        let owner = match self.account {
            _ if self.session == INSTALLATION => Owner::Installation,
            Some(account) => Owner::Account(*account.as_bytes()),
            // It is not known any more which account the data key belongs to.
            None => return Err(UnsealError::Altered),
        };
        Ok((keys.unwrap(&self.bytes, owner, key_id(self.id))?, owner))
    }
}

fn too_short() -> VaultError {
    VaultError::unreadable("data key", UnsealError::Truncated)
}
