//! Who may write a session. A lease names the session and the epoch; each take raises the epoch, and a write
//! goes through only in the same transaction that saw its epoch stand.
//!
//! Epochs come from one counter of the whole vault, so that none returns after a session was destroyed.

use linekeeper_model::id::AccountId;

use super::error::VaultError;
use crate::db::Connection;

/// The right to write one account's session, good until somebody takes it again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Lease {
    /// The first column of all the session's rows.
    pub(crate) session: i64,
    /// The fencing number.
    pub(crate) epoch: i64,
}

impl Lease {
    /// Fails where the lease was taken again. On PostgreSQL nobody can take it until the transaction ends; with
    /// SQLite the transaction holds the only write lock anyway.
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

/// Raises the epoch; answers whether the session is new. Waits for writes that are under way.
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
    // A new session is numbered by the epoch that made it.
    Ok((Lease { session, epoch }, session == epoch))
}

/// Takes the lease away; answers which session it was for.
pub(super) async fn remove(
    connection: &mut Connection<'_>,
    account: AccountId,
) -> Result<Option<i64>, VaultError> {
    const SQL: &str = "DELETE FROM vault_leases WHERE account = $1 RETURNING session";
    let row = connection.fetch_optional(SQL, &[account.as_bytes().as_slice().into()]).await?;
    Ok(row.map(|row| row.get("session")).transpose()?)
}

/// The account's session.
pub(super) async fn session_of(
    connection: &mut Connection<'_>,
    account: AccountId,
) -> Result<Option<i64>, VaultError> {
    const SQL: &str = "SELECT session FROM vault_leases WHERE account = $1";
    let row = connection.fetch_optional(SQL, &[account.as_bytes().as_slice().into()]).await?;
    Ok(row.map(|row| row.get("session")).transpose()?)
}

/// A number that the vault has never given out. On PostgreSQL the row stays locked until the transaction ends, so
/// that numbers become visible in their order.
pub(super) async fn next_number(connection: &mut Connection<'_>) -> Result<i64, sqlx::Error> {
    const SQL: &str = "UPDATE vault_counter SET value = value + 1 WHERE id = 1 RETURNING value";
    connection.fetch_one(SQL, &[]).await?.get("value")
}
