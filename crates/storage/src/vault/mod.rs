//! The vault: the encrypted WhatsApp sessions. It decides who may write a session, and keeps the session's data key and
//! rows. The code in `session/` decides what the rows mean to the protocol.

mod change;
mod data_keys;
mod error;
mod kind;
mod lease;
mod on_conflict;
mod rewrap;
mod rows;
mod statements;
mod writer;
mod writing_key;

use std::sync::Arc;
use std::time::Instant;

use linekeeper_model::clock::Clock;
use linekeeper_model::id::{AccountId, LogoutId};

use crate::db::{self, Connection, Connections, Pool, Transaction};
use crate::error::{OpenError, StorageError};
use crate::observer::{Observer, VaultOperation};
use crate::seal::{Cipher, KeyRing};

pub(crate) use change::{Change, NewRow, Outcome};
pub use error::{Fault, VaultError};
pub(crate) use kind::Kind;
use lease::Held;
pub(crate) use lease::Lease;
pub(crate) use on_conflict::OnConflict;
pub use rewrap::KeyUse;
pub(crate) use rows::{Found, find};
use writer::Writer;

/// The encrypted sessions of all accounts. Clones share the same connections.
#[derive(Clone)]
pub struct Vault(Arc<Shared>);

pub(crate) struct Shared {
    pub(crate) pool: Pool,
    pub(crate) writer: Writer,
    pub(crate) clock: Arc<dyn Clock>,
    keys: KeyRing,
    holder: String,
    observer: Arc<dyn Observer>,
}

impl Vault {
    /// Opens the vault, and checks that the installation's data key can be decrypted. The first start creates that
    /// key.
    pub(crate) async fn open(
        pool: Pool,
        keys: KeyRing,
        holder: String,
        clock: Arc<dyn Clock>,
        observer: Arc<dyn Observer>,
    ) -> Result<(Self, Cipher), OpenError> {
        let now = clock.now().as_millisecond();
        let cipher = data_keys::installation(&pool, &keys, now).await?;
        let writer = Writer::start(pool.clone());
        Ok((Self(Arc::new(Shared { pool, writer, clock, keys, holder, observer })), cipher))
    }

    /// Takes the right to write the account's session. If the account has no session, creates one.
    pub(crate) async fn lease(&self, account: AccountId) -> Result<(Lease, Cipher), VaultError> {
        let now = self.0.clock.now().as_millisecond();
        let mut transaction = self.0.pool.begin().await?;
        let mut connection = transaction.connection();
        let (lease, is_new) = lease::take(&mut connection, account, &self.0.holder, now).await?;
        let cipher = if is_new {
            data_keys::create(&mut connection, &self.0.keys, account, lease.session, now).await?
        } else {
            data_keys::load(&mut connection, &self.0.keys, account, lease.session).await?
        };
        transaction.commit().await?;
        Ok((lease, cipher))
    }

    /// Reads the account's session as it is now, without taking it from its holder. Returns the transaction, the
    /// session's number and its cipher.
    pub(crate) async fn peek(
        &self,
        account: AccountId,
    ) -> Result<Option<(Transaction, i64, Cipher)>, VaultError> {
        let mut transaction = self.0.pool.read().await?;
        let mut connection = transaction.connection();
        let Some(Held { session, owner }) = lease::find(&mut connection, account.as_bytes()).await? else {
            return Ok(None);
        };
        let cipher = data_keys::load(&mut connection, &self.0.keys, owner, session).await?;
        Ok(Some((transaction, session, cipher)))
    }

    /// Whether the vault has a session of any account.
    pub(crate) async fn holds_sessions(&self) -> Result<bool, StorageError> {
        Ok(holds_sessions(&self.0.pool).await?)
    }

    /// Takes the right to write a session that was set aside, and returns the account that it belonged to. Returns
    /// `None` if there is no such session.
    pub(crate) async fn lease_aside(
        &self,
        logout: LogoutId,
    ) -> Result<Option<(AccountId, Lease, Cipher)>, VaultError> {
        let now = self.0.clock.now().as_millisecond();
        let mut transaction = self.0.pool.begin().await?;
        let mut connection = transaction.connection();
        let taken = lease::take_aside(&mut connection, logout, &self.0.holder, now).await?;
        let Some((lease, owner)) = taken else { return Ok(None) };
        let cipher = data_keys::load(&mut connection, &self.0.keys, owner, lease.session).await?;
        transaction.commit().await?;
        Ok(Some((owner, lease, cipher)))
    }

    /// What all sessions of this process share, such as the writer.
    pub(crate) fn shared(&self) -> Arc<Shared> {
        self.0.clone()
    }

    /// Destroys the account's session: deletes its rows, its lease and its data key in one transaction. It is not
    /// an error if there is no session. Stores that were opened for the session can no longer write.
    pub async fn destroy(&self, account: AccountId) -> Result<(), VaultError> {
        self.remove(account.as_bytes()).await
    }

    /// Destroys a session that was set aside: deletes its rows, its lease and its data key.
    pub async fn destroy_aside(&self, logout: LogoutId) -> Result<(), VaultError> {
        self.remove(logout.as_bytes()).await
    }

    /// Destroys the account's session like [`Self::destroy`], unless `is_kept` returns true or the session cannot
    /// be read. Returns whether the account has no session now. The session is locked while `is_kept` runs, so a
    /// write at the same time is either seen by `is_kept` or refused.
    pub(crate) async fn destroy_unless(
        &self,
        account: AccountId,
        is_kept: impl AsyncFnOnce(&mut Connection<'_>, i64, &Cipher) -> Result<bool, VaultError>,
    ) -> Result<bool, VaultError> {
        let mut transaction = self.0.pool.begin().await?;
        let mut connection = transaction.connection();
        let found = lease::find_and_lock(&mut connection, account.as_bytes()).await?;
        let Some(Held { session, owner }) = found else { return Ok(true) };
        let kept = match data_keys::load(&mut connection, &self.0.keys, owner, session).await {
            Ok(cipher) => is_kept(&mut connection, session, &cipher).await,
            Err(error) => Err(error),
        };
        match kept {
            Ok(false) => {}
            Ok(true) | Err(VaultError::Unreadable { .. }) => return Ok(false),
            Err(error) => return Err(error),
        }
        delete(&mut connection, account.as_bytes()).await?;
        transaction.commit().await?;
        self.forget_old_pages().await;
        Ok(true)
    }

    /// Moves the account's session to the id of a logout, so that the account can get a new session. Stores that
    /// were opened for the session can no longer write. Returns whether the account had a session.
    pub async fn set_aside(&self, account: AccountId, logout: LogoutId) -> Result<bool, VaultError> {
        let mut transaction = self.0.pool.begin().await?;
        let moved = lease::set_aside(&mut transaction.connection(), account, logout).await?;
        transaction.commit().await?;
        Ok(moved)
    }

    async fn remove(&self, id: &[u8; 16]) -> Result<(), VaultError> {
        let mut transaction = self.0.pool.begin().await?;
        if delete(&mut transaction.connection(), id).await? {
            transaction.commit().await?;
            self.forget_old_pages().await;
        }
        Ok(())
    }

    /// After a session was destroyed, SQLite's write-ahead log still contains the session's pages and its wrapped key.
    /// Removes them from the log.
    async fn forget_old_pages(&self) {
        if let Err(error) = self.0.pool.checkpoint().await {
            tracing::warn!(%error, "a destroyed session leaves the log file at the next checkpoint");
        }
    }

    /// Checks that this process has the master key that wraps new data keys. A process that uses its own copy of
    /// the key file may lack that key after a rotation.
    pub async fn can_seal(&self) -> Result<(), VaultError> {
        self.writing_key().await.map(drop)
    }

    pub(crate) async fn ping(&self, now: i64) -> Result<(), StorageError> {
        const SQL: &str = "INSERT INTO vault_probe (id, at) VALUES (1, $1)
            ON CONFLICT (id) DO UPDATE SET at = excluded.at";
        let mut transaction = self.0.pool.begin().await?;
        transaction.connection().execute(SQL, &[now.into()]).await?;
        transaction.commit().await?;
        let mut transaction = self.0.pool.read().await?;
        transaction.connection().fetch_one("SELECT at FROM vault_probe WHERE id = 1", &[]).await?;
        Ok(())
    }

    pub(crate) fn connections(&self) -> Vec<Connections> {
        self.0.pool.connections(["vault writer", "vault readers"])
    }

    pub(crate) async fn close(&self) {
        self.0.writer.close().await;
        self.0.pool.close().await;
    }
}

/// Whether a vault has a session of any account. The vault may not have any tables yet.
pub(crate) async fn holds_sessions(pool: &Pool) -> Result<bool, db::Error> {
    const TABLE: &str = "SELECT 1 AS one FROM sqlite_schema WHERE type = 'table' AND name = 'vault_leases'";
    const LEASE: &str = "SELECT 1 AS one FROM vault_leases LIMIT 1";
    let mut transaction = pool.read().await?;
    let mut connection = transaction.connection();
    let is_migrated = match connection {
        Connection::Sqlite(_) => connection.fetch_optional(TABLE, &[]).await?.is_some(),
        Connection::Postgres(_) => true,
    };
    Ok(is_migrated && connection.fetch_optional(LEASE, &[]).await?.is_some())
}

/// Deletes the session with this id. Returns whether there was one.
async fn delete(connection: &mut Connection<'_>, id: &[u8; 16]) -> Result<bool, VaultError> {
    let Some(session) = lease::remove(connection, id).await? else { return Ok(false) };
    connection.execute("DELETE FROM vault_rows WHERE session = $1", &[session.into()]).await?;
    connection.execute("DELETE FROM data_keys WHERE session = $1", &[session.into()]).await?;
    Ok(true)
}

impl Shared {
    /// Makes a change. When this returns, the change is on disk.
    pub(crate) async fn write(&self, lease: Lease, change: Change) -> Result<Outcome, VaultError> {
        self.timed(VaultOperation::Write, self.writer.write(lease, change)).await
    }

    async fn timed<T>(
        &self,
        operation: VaultOperation,
        work: impl Future<Output = Result<T, VaultError>>,
    ) -> Result<T, VaultError> {
        let began = Instant::now();
        let done = work.await;
        self.observer.vault(operation, began.elapsed(), done.is_ok());
        done
    }
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Vault")
    }
}
