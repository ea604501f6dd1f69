//! Which master key wraps new data keys. It is said here, in the database, and read in the transaction that makes a
//! data key: a process that still runs with an older idea of it leaves nothing behind under the old key.

use super::error::VaultError;
use crate::db::Connection;
use crate::seal::{Fingerprint, KeyRing, MasterKey};

/// The one row.
pub(super) struct WritingKey {
    pub(super) fingerprint: Fingerprint,
    /// Unix milliseconds.
    pub(super) since: i64,
    /// Whether the rotation to it has not ended.
    pub(super) rotating: bool,
}

/// Makes the row of a new installation, or of one that is older than the table. Fine where there is one.
pub(super) async fn settle(
    connection: &mut Connection<'_>,
    fingerprint: Fingerprint,
    now: i64,
) -> Result<(), sqlx::Error> {
    const SQL: &str = "INSERT INTO vault_writing_key (single, fingerprint, since, rotating)
        VALUES (1, $1, $2, 0) ON CONFLICT (single) DO NOTHING";
    connection.execute(SQL, &[fingerprint.number().into(), now.into()]).await.map(drop)
}

/// The row as it is.
pub(super) async fn read(connection: &mut Connection<'_>) -> Result<WritingKey, VaultError> {
    const SQL: &str = "SELECT fingerprint, since, rotating FROM vault_writing_key WHERE single = 1";
    let row = connection.fetch_one(SQL, &[]).await?;
    let fingerprint = Fingerprint::try_from(row.get::<i64>("fingerprint")?)
        .map_err(|error| VaultError::unreadable("writing key", error))?;
    Ok(WritingKey { fingerprint, since: row.get("since")?, rotating: row.get::<i64>("rotating")? != 0 })
}

/// The key to wrap a new data key with. It stays the one until the transaction ends: with PostgreSQL a switch waits
/// for this lock, with SQLite for the only write lock.
pub(super) async fn hold(connection: &mut Connection<'_>, keys: &KeyRing) -> Result<MasterKey, VaultError> {
    if let Connection::Postgres(_) = connection {
        connection.execute("SELECT single FROM vault_writing_key WHERE single = 1 FOR SHARE", &[]).await?;
    }
    find(connection, keys).await
}

/// The key as it is at this moment.
pub(super) async fn find(connection: &mut Connection<'_>, keys: &KeyRing) -> Result<MasterKey, VaultError> {
    let name = read(connection).await?.fingerprint;
    keys.find(name).ok_or_else(|| {
        tracing::error!(key = %name, "this process does not have the master key that sessions are now sealed with");
        let cause = format!("this process does not have key {name}, which is now the one to write with");
        VaultError::unreadable("writing key", cause)
    })
}

/// From the end of this transaction on, that key is the one. Waits for data keys that are being made.
pub(super) async fn switch(
    connection: &mut Connection<'_>,
    fingerprint: Fingerprint,
    now: i64,
) -> Result<(), sqlx::Error> {
    const SQL: &str = "UPDATE vault_writing_key SET rotating = 1,
        since = CASE WHEN fingerprint = $1 THEN since ELSE $2 END, fingerprint = $1 WHERE single = 1";
    connection.execute(SQL, &[fingerprint.number().into(), now.into()]).await.map(drop)
}

/// The rotation to that key has ended.
pub(super) async fn settled(
    connection: &mut Connection<'_>,
    fingerprint: Fingerprint,
) -> Result<(), sqlx::Error> {
    const SQL: &str = "UPDATE vault_writing_key SET rotating = 0 WHERE single = 1 AND fingerprint = $1";
    connection.execute(SQL, &[fingerprint.number().into()]).await.map(drop)
}
