//! The data keys, encrypted with a master key. A data key is created and deleted together with its session.

use linekeeper_model::id::AccountId;

use super::error::VaultError;
use super::lease::next_number;
use super::writing_key;
use crate::db::{self, Connection, Pool, Row};
use crate::error::{OpenError, StorageError};
use crate::seal::{Cipher, DataKey, Fingerprint, KeyRing, MasterKey, Owner, UnsealError};

/// The session number of the installation's own data key. The numbers of sessions begin with 1.
pub(super) const INSTALLATION: i64 = 0;

/// Loads the installation's cipher, and creates its data key if there is none. It is an error if the master key is
/// wrong.
pub(super) async fn installation(pool: &Pool, keys: &KeyRing, now: i64) -> Result<Cipher, OpenError> {
    let mut transaction = pool.begin().await.map_err(StorageError::from)?;
    let mut connection = transaction.connection();
    let found = select(&mut connection, INSTALLATION).await.map_err(StorageError::from)?;
    let writing = match &found {
        // The vault comes from a version that did not store which master key is the writing key. In such a vault, the
        // writing key is the master key that wrapped this data key.
        Some(row) => Fingerprint::of(&columns(row).map_err(StorageError::from)?.1)?,
        None => keys.current().fingerprint(),
    };
    writing_key::settle(&mut connection, writing, now).await.map_err(StorageError::from)?;
    if found.is_none() {
        let key = writing_key::hold(&mut connection, keys).await.map_err(|_| OpenError::WrongKey)?;
        let made = insert(&mut connection, &key, Owner::Installation, INSTALLATION, now).await;
        made.map_err(StorageError::from)?;
    }
    // Read the row that is stored now, because another process may have created it first.
    let row = select(&mut connection, INSTALLATION).await.map_err(StorageError::from)?;
    transaction.commit().await.map_err(StorageError::from)?;
    let row = row.ok_or_else(|| OpenError::Damaged("it was removed while this process started".into()))?;
    let (id, wrapped) = columns(&row).map_err(StorageError::from)?;
    Ok(unwrap(keys, Owner::Installation, id, &wrapped)?)
}

/// Creates the data key of a new session.
pub(super) async fn create(
    connection: &mut Connection<'_>,
    keys: &KeyRing,
    account: AccountId,
    session: i64,
    now: i64,
) -> Result<Cipher, VaultError> {
    let key = writing_key::hold(connection, keys).await?;
    insert(connection, &key, Owner::Account(*account.as_bytes()), session, now).await?;
    load(connection, keys, account, session).await
}

/// The cipher of a session. If the data key is missing, this is an error. With a new key, all rows of the session
/// would look as if they did not exist.
pub(super) async fn load(
    connection: &mut Connection<'_>,
    keys: &KeyRing,
    account: AccountId,
    session: i64,
) -> Result<Cipher, VaultError> {
    const WHAT: &str = "data key";
    let row = select(connection, session).await?;
    let row = row.ok_or_else(|| VaultError::unreadable(WHAT, "it is missing"))?;
    let (id, wrapped) = columns(&row)?;
    let owner = Owner::Account(*account.as_bytes());
    unwrap(keys, owner, id, &wrapped).map_err(VaultError::unsealed(WHAT))
}

async fn select(connection: &mut Connection<'_>, session: i64) -> Result<Option<Row>, db::Error> {
    const SQL: &str = "SELECT id, wrapped FROM data_keys WHERE session = $1";
    connection.fetch_optional(SQL, &[session.into()]).await
}

async fn insert(
    connection: &mut Connection<'_>,
    master: &MasterKey,
    owner: Owner,
    session: i64,
    now: i64,
) -> Result<(), db::Error> {
    const SQL: &str = "INSERT INTO data_keys (session, id, wrapped, created_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (session) DO NOTHING";
    let id = next_number(connection).await?;
    let wrapped = master.wrap(&DataKey::generate(&mut rand::rng()), owner, key_id(id));
    let values = [session.into(), id.into(), wrapped.as_slice().into(), now.into()];
    connection.execute(SQL, &values).await.map(drop)
}

fn columns(row: &Row) -> Result<(i64, Vec<u8>), db::Error> {
    Ok((row.get("id")?, row.get("wrapped")?))
}

fn unwrap(keys: &KeyRing, owner: Owner, id: i64, wrapped: &[u8]) -> Result<Cipher, UnsealError> {
    Ok(keys.unwrap(wrapped, owner, key_id(id))?.cipher(owner, key_id(id)))
}

/// A short id of a data key: the last 4 bytes of the key's number. Each value that the key encrypts contains this id. All
/// numbers come from one counter, so two keys have the same short id only if their numbers differ by a multiple of 2^32.
/// Even then, a value of one account cannot be read as a value of another, because the account is authenticated.
pub(super) const fn key_id(id: i64) -> u32 {
    (id & 0xffff_ffff) as u32
}
