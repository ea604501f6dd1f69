//! The writing key: the master key that wraps new data keys. Its fingerprint is stored in the database, and each
//! transaction that creates a data key reads it there. So a process that has missed a rotation cannot wrap a data
//! key with the old master key.

use super::error::VaultError;
use crate::db::{self, Connection};
use crate::seal::{Fingerprint, KeyRing, MasterKey};

/// The row of the table `vault_writing_key`, which has only one row.
pub(super) struct WritingKey {
    pub(super) fingerprint: Fingerprint,
    /// When this became the writing key, in Unix milliseconds.
    pub(super) since: i64,
    /// Whether the rotation to this key is still in progress.
    pub(super) rotating: bool,
}

/// Stores the fingerprint of the writing key, unless the table already has one. This is needed in a new installation,
/// and in an installation from a version that did not store the writing key.
pub(super) async fn settle(
    connection: &mut Connection<'_>,
    fingerprint: Fingerprint,
    now: i64,
) -> Result<(), db::Error> {
    const SQL: &str = "INSERT INTO vault_writing_key (single, fingerprint, since, rotating)
        VALUES (1, $1, $2, 0) ON CONFLICT (single) DO NOTHING";
    connection.execute(SQL, &[fingerprint.number().into(), now.into()]).await.map(drop)
}

/// Reads the row.
pub(super) async fn read(connection: &mut Connection<'_>) -> Result<WritingKey, VaultError> {
    const SQL: &str = "SELECT fingerprint, since, rotating FROM vault_writing_key WHERE single = 1";
    let row = connection.fetch_one(SQL, &[]).await?;
    let fingerprint = Fingerprint::try_from(row.get::<i64>("fingerprint")?)
        .map_err(|error| VaultError::unreadable("writing key", error))?;
    Ok(WritingKey { fingerprint, since: row.get("since")?, rotating: row.get::<i64>("rotating")? != 0 })
}

/// The master key for wrapping a new data key. It stays the writing key until the transaction ends. On PostgreSQL, this
/// method locks the row, and a switch to another key waits for that lock. On SQLite, a switch waits until it gets the
/// only write lock.
pub(super) async fn hold(connection: &mut Connection<'_>, keys: &KeyRing) -> Result<MasterKey, VaultError> {
    if let Connection::Postgres(_) = connection {
        connection.execute("SELECT single FROM vault_writing_key WHERE single = 1 FOR SHARE", &[]).await?;
    }
    find(connection, keys).await
}

/// The writing key at this moment.
pub(super) async fn find(connection: &mut Connection<'_>, keys: &KeyRing) -> Result<MasterKey, VaultError> {
    let name = read(connection).await?.fingerprint;
    keys.find(name).ok_or_else(|| {
        tracing::error!(key = %name, "this process does not have the master key that sessions are now sealed with");
        let cause = format!("this process does not have key {name}, which is now the one to write with");
        VaultError::unreadable("writing key", cause)
    })
}

/// Makes this master key the writing key when the transaction is committed. Waits for transactions that are
/// creating data keys.
pub(super) async fn switch(
    connection: &mut Connection<'_>,
    fingerprint: Fingerprint,
    now: i64,
) -> Result<(), db::Error> {
    const SQL: &str = "UPDATE vault_writing_key SET rotating = 1,
        since = CASE WHEN fingerprint = $1 THEN since ELSE $2 END, fingerprint = $1 WHERE single = 1";
    connection.execute(SQL, &[fingerprint.number().into(), now.into()]).await.map(drop)
}

/// Notes that the rotation to this master key is finished.
pub(super) async fn settled(
    connection: &mut Connection<'_>,
    fingerprint: Fingerprint,
) -> Result<(), db::Error> {
    const SQL: &str = "UPDATE vault_writing_key SET rotating = 0 WHERE single = 1 AND fingerprint = $1";
    connection.execute(SQL, &[fingerprint.number().into()]).await.map(drop)
}
