//! Opens everything: both databases, their migrations, and the master key, which is verified.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use linekeeper_model::Timestamp;
use linekeeper_model::clock::Clock;
use linekeeper_model::secret::Secret;

use crate::account_key::OpenKeys;
use crate::db::{Cache, Connections, Pool, connect_postgres, create_private_dir, open_sqlite};
use crate::error::{OpenError, StorageError};
use crate::group::GroupWriter;
use crate::migrations::{Area, migrate};
use crate::observer::{Access, Observer, Unobserved};
use crate::seal::KeyRing;
use crate::tx::{Context, Tx};
use crate::vault::{Vault, holds_sessions};

/// The name of the vault's file with SQLite.
pub(crate) const VAULT_FILE: &str = "vault.db";

/// The product's tables and the vault. A clone is cheap.
#[derive(Clone)]
pub struct Storage {
    product: Pool,
    vault: Vault,
    context: Arc<Context>,
    group: GroupWriter,
    keys: Arc<OpenKeys>,
}

/// What [`Storage::open`] needs.
#[derive(Debug, Clone)]
pub struct StorageOptions {
    /// Where the product's tables are.
    pub database: Database,
    /// With SQLite, the directory of `vault.db`, created if needed with mode 0700. Not used with PostgreSQL.
    pub sessions_dir: PathBuf,
    /// The master keys. The vault names the one that wraps new data keys; each of them may unwrap data keys.
    pub keys: KeyRing,
    /// Names the process that takes leases, such as `host:pid`. It is shown to operators, never compared.
    pub holder: String,
}

/// Which database.
#[derive(Debug, Clone)]
pub enum Database {
    /// A file, created if needed with mode 0600.
    Sqlite {
        /// The file of the product's tables; the vault is another file, under `sessions_dir`.
        path: PathBuf,
    },
    /// A server. The vault is a set of tables in the same database.
    Postgres {
        /// `postgres://user:password@host/database`.
        url: Secret<String>,
    },
}

impl Storage {
    /// Opens or creates both databases, migrates them, and checks the master key. Several processes may do so at
    /// once.
    pub async fn open(options: StorageOptions, clock: Arc<dyn Clock>) -> Result<Self, OpenError> {
        Self::open_observed(options, clock, Arc::new(Unobserved)).await
    }

    /// Opens the storage as [`Storage::open`] does, with an observer that is notified how long things take.
    pub async fn open_observed(
        options: StorageOptions,
        clock: Arc<dyn Clock>,
        observer: Arc<dyn Observer>,
    ) -> Result<Self, OpenError> {
        let StorageOptions { database, sessions_dir, keys, holder } = options;
        let (product, vault) = match database {
            Database::Sqlite { path } => open_files(path, sessions_dir).await?,
            Database::Postgres { url } => {
                let pool = connect_postgres(url.expose()).await.map_err(OpenError::unavailable("product"))?;
                (pool.clone(), pool)
            }
        };
        migrate(&vault, Area::Vault, None).await?;
        let (vault, cipher) = Vault::open(vault, keys, holder, clock.clone(), observer.clone()).await?;
        migrate(&product, Area::Product, Some(&cipher)).await?;
        let context = Arc::new(Context { clock, cipher, observer });
        let group = GroupWriter::start(&product, &context);
        let storage = Self { product, vault, context, group, keys: Arc::default() };
        storage.check_that_both_belong_together().await?;
        Ok(storage)
    }

    /// Begins a transaction that may write. Keep it short: with SQLite there can be only one.
    pub async fn begin(&self) -> Result<Tx, StorageError> {
        let began = Instant::now();
        let transaction = self.product.begin().await?;
        self.context.observer.transaction_began(Access::Write, began.elapsed());
        Ok(Tx::new(transaction, self.context.clone(), true))
    }

    /// Transactions that many callers share, for data that is written often.
    pub const fn group(&self) -> &GroupWriter {
        &self.group
    }

    /// A snapshot to read from; it waits for no writer.
    pub async fn read(&self) -> Result<Tx, StorageError> {
        let began = Instant::now();
        let transaction = self.product.read().await?;
        self.context.observer.transaction_began(Access::Read, began.elapsed());
        Ok(Tx::new(transaction, self.context.clone(), false))
    }

    /// Reads and writes both databases, down to the disk.
    pub async fn ping(&self) -> Result<(), StorageError> {
        const NAME: &str = "ping";
        let now = self.context.clock.now().as_millisecond();
        let mut tx = self.begin().await?;
        tx.settings().put(NAME, &now.to_string()).await?;
        tx.commit().await?;
        let read = self.read().await?.settings().get(NAME).await?;
        if read.is_none() {
            return Err(StorageError::unreadable("ping", "what was just written is not there"));
        }
        self.vault.ping(now).await
    }

    /// The connections of each pool. It sends no query to a database.
    pub fn connections(&self) -> Vec<Connections> {
        let mut pools = self.product.connections(["product writer", "product readers"]);
        // With PostgreSQL, both databases use one pool.
        if matches!(self.product, Pool::Sqlite { .. }) {
            pools.extend(self.vault.connections());
        }
        pools
    }

    pub(crate) const fn product(&self) -> &Pool {
        &self.product
    }

    pub(crate) fn context(&self) -> &Context {
        &self.context
    }

    pub(crate) fn keys(&self) -> &OpenKeys {
        &self.keys
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.context.clock.now()
    }

    /// The sealed sessions.
    pub const fn vault(&self) -> &Vault {
        &self.vault
    }

    /// Finishes the vault's writes, merges SQLite's logs into their files and closes every connection.
    pub async fn close(&self) {
        self.group.close().await;
        self.vault.close().await;
        self.product.close().await;
    }

    /// The product's tables contain a value that is sealed by the key in the vault. Without this check, if the vault
    /// was lost, the next start would create a new key, and every sealed column here would be unreadable.
    async fn check_that_both_belong_together(&self) -> Result<(), OpenError> {
        const NAME: &str = "installation";
        let mut tx = self.begin().await?;
        match tx.settings().get_secret(NAME).await {
            Ok(Some(_)) => Ok(()),
            Ok(None) if self.vault.holds_sessions().await? => {
                Err(OpenError::LostDatabase { database: "the database".to_owned() })
            }
            Ok(None) => {
                tx.settings().put_secret(NAME, b"this vault is mine").await?;
                Ok(tx.commit().await?)
            }
            Err(StorageError::Unreadable { .. }) => Err(OpenError::ForeignVault),
            Err(error) => Err(error.into()),
        }
    }
}

impl std::fmt::Debug for Storage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Storage")
    }
}

async fn open_files(product: PathBuf, sessions_dir: PathBuf) -> Result<(Pool, Pool), OpenError> {
    create_private_dir(&sessions_dir)
        .map_err(|cause| OpenError::Path { path: sessions_dir.clone(), cause })?;
    let vault = sessions_dir.join(VAULT_FILE);
    refuse_lost_product(&product, &vault).await?;
    let product = open_sqlite(&product, Cache { writer_kib: 2048, reader_kib: 512 });
    let product = product.await.map_err(OpenError::unavailable("product"))?;
    let vault = open_sqlite(&vault, Cache { writer_kib: 1024, reader_kib: 256 });
    let vault = vault.await.map_err(OpenError::unavailable("vault"))?;
    Ok((product, vault))
}

/// Checked before any file is created. If the product's file has tables without rows,
/// [`Storage::check_that_both_belong_together`] finds it.
async fn refuse_lost_product(product: &Path, vault: &Path) -> Result<(), OpenError> {
    let is_there = product.metadata().is_ok_and(|file| file.len() > 0);
    if is_there || !vault.exists() {
        return Ok(());
    }
    let pool = open_sqlite(vault, Cache { writer_kib: 256, reader_kib: 256 }).await;
    let pool = pool.map_err(OpenError::unavailable("vault"))?;
    let is_full = holds_sessions(&pool).await;
    pool.close().await;
    if is_full.map_err(OpenError::unavailable("vault"))? {
        return Err(OpenError::LostDatabase { database: product.display().to_string() });
    }
    Ok(())
}
