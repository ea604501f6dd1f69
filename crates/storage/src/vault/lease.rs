//! Leases: who may write a session. A lease consists of a session and an epoch. Each time somebody takes the
//! session, its epoch is raised. A write succeeds only in a transaction in which the lease has the current epoch.
//!
//! The epochs of all sessions come from the same counter. So an epoch is never reused, even after its session was
//! destroyed.

use linekeeper_model::id::{AccountId, LogoutId};

use super::error::VaultError;
use crate::db::{self, Connection, Row};

/// The right to write the session of one account. It is valid until somebody takes the session again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Lease {
    /// The number of the session. All rows of the session have it as their first column.
    pub(crate) session: i64,
    /// The epoch. Holders with a lower epoch than the current one cannot write any more.
    pub(crate) epoch: i64,
}

impl Lease {
    /// Checks that nobody has taken the session in the meantime. On PostgreSQL, nobody can take it until the
    /// transaction ends. On SQLite, the transaction holds the only write lock, which has the same effect.
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

/// A session and its account, as the row of its lease names them.
pub(super) struct Held {
    /// The number of the session. All rows of the session have it as their first column.
    pub(super) session: i64,
    /// The account to which the session's data key and rows are bound.
    pub(super) owner: AccountId,
}

/// Takes a session: raises its epoch, and creates the session if there is none. Returns the lease, and whether the
/// session is new. Waits for writes that are in progress.
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
    // The number of a new session is the epoch with which it was created.
    Ok((Lease { session, epoch }, session == epoch))
}

/// Takes a session that was set aside: raises its epoch. Returns `None` if there is no such session.
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

/// Moves the account's session to the id of a logout. From now on, only a holder of the logout can write the
/// session. Returns whether the account had a session.
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

/// Deletes a lease. Returns the number of its session.
pub(super) async fn remove(
    connection: &mut Connection<'_>,
    id: &[u8; 16],
) -> Result<Option<i64>, VaultError> {
    const SQL: &str = "DELETE FROM vault_leases WHERE account = $1 RETURNING session";
    let row = connection.fetch_optional(SQL, &[id.as_slice().into()]).await?;
    Ok(row.map(|row| row.get("session")).transpose()?)
}

/// The session of the account or logout with this id.
pub(super) async fn find(connection: &mut Connection<'_>, id: &[u8; 16]) -> Result<Option<Held>, VaultError> {
    const SQL: &str =
        "SELECT session, COALESCE(owner, account) AS owner FROM vault_leases WHERE account = $1";
    let row = connection.fetch_optional(SQL, &[id.as_slice().into()]).await?;
    row.as_ref().map(held).transpose()
}

/// The session of the account or logout with this id, locked: nobody else can write or take it until the
/// transaction ends.
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

/// A number that the vault has never used. On PostgreSQL, the row is locked until the transaction ends, so that
/// numbers become visible in their order.
pub(super) async fn next_number(connection: &mut Connection<'_>) -> Result<i64, db::Error> {
    const SQL: &str = "UPDATE vault_counter SET value = value + 1 WHERE id = 1 RETURNING value";
    connection.fetch_one(SQL, &[]).await?.get("value")
}
