//! Who may write a session. A lease names the session and an epoch. Each take raises the session's epoch, and a write
//! succeeds only in a transaction in which its epoch is still the current one.
//!
//! All sessions of the vault take epochs from one counter, so that no epoch is used again after a session was
//! destroyed.

use linekeeper_model::id::{AccountId, LogoutId};

use super::error::VaultError;
use crate::db::{self, Connection, Row};

/// The right to write one account's session, valid until somebody takes it again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Lease {
    /// The first column of all the session's rows.
    pub(crate) session: i64,
    /// The fencing number.
    pub(crate) epoch: i64,
}

impl Lease {
    /// Fails if the lease was taken again. On PostgreSQL, nobody can take it until the transaction ends; with SQLite,
    /// the transaction holds the only write lock anyway.
    pub(crate) async fn verify(self, connection: &mut Connection<'_>) -> Result<(), VaultError> {
        const SQLITE: &str = "SELECT epoch FROM vault_leases WHERE session = $1 AND epoch = $2";
        const POSTGRES: &str = "SELECT epoch FROM vault_leases WHERE session = $1 AND epoch = $2 FOR SHARE";
        let sql = match connection {
            Connection::Sqlite(_) => SQLITE,
            Connection::Postgres(_) => POSTGRES,
        };
        let held = connection.fetch_optional(sql, &[self.session.into(), self.epoch.into()]).await?;
        held.map(drop).ok_or(VaultError::Fenced)
    }
}

/// A session as its lease names it.
pub(super) struct Held {
    /// The first column of all the session's rows.
    pub(super) session: i64,
    /// The account that the data key and the rows are bound to.
    pub(super) owner: AccountId,
}

/// Raises the epoch. Returns whether the session is new. Waits for writes that are in progress.
pub(super) async fn take(
    connection: &mut Connection<'_>,
    account: AccountId,
    holder: &str,
    now: i64,
) -> Result<(Lease, bool), VaultError> {
    const SQL: &str = "INSERT INTO vault_leases (account, session, epoch, holder, taken_at)
        VALUES ($1, $2, $2, $3, $4)
        ON CONFLICT (account) DO UPDATE
        SET epoch = excluded.epoch, holder = excluded.holder, taken_at = excluded.taken_at
        RETURNING session";
    let epoch = next_number(connection).await?;
    let values = [account.as_bytes().as_slice().into(), epoch.into(), holder.into(), now.into()];
    let session: i64 = connection.fetch_one(SQL, &values).await?.get("session")?;
    // A new session gets the epoch that created it as its number.
    Ok((Lease { session, epoch }, session == epoch))
}

/// Raises the epoch of a session that is set aside. Returns `None` if there is none, and creates none.
pub(super) async fn take_aside(
    connection: &mut Connection<'_>,
    logout: LogoutId,
    holder: &str,
    now: i64,
) -> Result<Option<(Lease, AccountId)>, VaultError> {
    const SQL: &str = "UPDATE vault_leases SET epoch = $2, holder = $3, taken_at = $4 WHERE account = $1
        RETURNING session, COALESCE(owner, account) AS owner";
    let epoch = next_number(connection).await?;
    let values = [logout.as_bytes().as_slice().into(), epoch.into(), holder.into(), now.into()];
    let Some(row) = connection.fetch_optional(SQL, &values).await? else { return Ok(None) };
    let Held { session, owner } = held(&row)?;
    Ok(Some((Lease { session, epoch }, owner)))
}

/// Moves the account's session under the id of a logout. From now on, only the logout's holder can write it. Returns
/// whether there was one.
pub(super) async fn set_aside(
    connection: &mut Connection<'_>,
    account: AccountId,
    logout: LogoutId,
) -> Result<bool, VaultError> {
    const SQL: &str = "UPDATE vault_leases SET account = $2, owner = COALESCE(owner, account), epoch = $3
        WHERE account = $1";
    let epoch = next_number(connection).await?;
    let values = [account.as_bytes().as_slice().into(), logout.as_bytes().as_slice().into(), epoch.into()];
    Ok(connection.execute(SQL, &values).await? > 0)
}

/// Removes the lease. Returns which session it was for.
pub(super) async fn remove(
    connection: &mut Connection<'_>,
    id: &[u8; 16],
) -> Result<Option<i64>, VaultError> {
    const SQL: &str = "DELETE FROM vault_leases WHERE account = $1 RETURNING session";
    let row = connection.fetch_optional(SQL, &[id.as_slice().into()]).await?;
    Ok(row.map(|row| row.get("session")).transpose()?)
}

/// The session with that id.
pub(super) async fn find(connection: &mut Connection<'_>, id: &[u8; 16]) -> Result<Option<Held>, VaultError> {
    const SQL: &str =
        "SELECT session, COALESCE(owner, account) AS owner FROM vault_leases WHERE account = $1";
    let row = connection.fetch_optional(SQL, &[id.as_slice().into()]).await?;
    row.as_ref().map(held).transpose()
}

/// The session with that id. Nobody else writes or takes it until the transaction ends.
pub(super) async fn find_and_lock(
    connection: &mut Connection<'_>,
    id: &[u8; 16],
) -> Result<Option<Held>, VaultError> {
    if let Connection::Postgres(_) = connection {
        const LOCK: &str = "SELECT session FROM vault_leases WHERE account = $1 FOR UPDATE";
        connection.fetch_optional(LOCK, &[id.as_slice().into()]).await?;
    }
    find(connection, id).await
}

fn held(row: &Row) -> Result<Held, VaultError> {
    let owner: Vec<u8> = row.get("owner")?;
    let owner = uuid::Uuid::from_slice(&owner).map_err(|error| VaultError::unreadable("lease", error))?;
    Ok(Held { session: row.get("session")?, owner: AccountId::from(owner) })
}

/// A number that the vault has never given out. On PostgreSQL, the row stays locked until the transaction ends, so
/// that numbers become visible in their order.
pub(super) async fn next_number(connection: &mut Connection<'_>) -> Result<i64, db::Error> {
    const SQL: &str = "UPDATE vault_counter SET value = value + 1 WHERE id = 1 RETURNING value";
    connection.fetch_one(SQL, &[]).await?.get("value")
}
