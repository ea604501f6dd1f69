//! Opens the storage: opens both databases, migrates them, and checks the master key.

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

/// The file name of the SQLite database of the vault, the encrypted store of sessions.
pub(crate) const VAULT_FILE: &str = "vault.db";

/// The storage: the product's tables, and the vault with the encrypted sessions. Clones share the same connections.
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
    /// With SQLite, the directory of `vault.db`. It is created with mode 0700 if it does not exist. PostgreSQL
    /// does not use it.
    pub sessions_dir: PathBuf,
    /// The master keys of this process. The vault decides which of them wraps new data keys. Any of them can
    /// unwrap data keys.
    pub keys: KeyRing,
    /// Names this process, such as `host:pid`. Operators see it in the table of leases. No code compares it.
    pub holder: String,
}

/// The database of the product's tables.
#[derive(Debug, Clone)]
pub enum Database {
    /// A SQLite file. It is created with mode 0600 if it does not exist.
    Sqlite {
        /// The path of the file. The vault is another file, in `sessions_dir`.
        path: PathBuf,
    },
    /// A PostgreSQL server. The vault's tables are in the same database.
    Postgres {
        /// The URL, such as `postgres://user:password@host/database`.
        url: Secret<String>,
    },
}

impl Storage {
    /// Opens both databases, or creates them, migrates them, and checks the master key. Several processes may do
    /// this at the same time.
    pub async fn open(options: StorageOptions, clock: Arc<dyn Clock>) -> Result<Self, OpenError> {
        Self::open_observed(options, clock, Arc::new(Unobserved)).await
    }

    /// The same as [`Storage::open`], with an observer that gets the durations of operations.
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

    /// Begins a transaction that can write. It should be short, because SQLite allows only one at a time.
    pub async fn begin(&self) -> Result<Tx, StorageError> {
        let began = Instant::now();
        let transaction = self.product.begin().await?;
        self.context.observer.transaction_began(Access::Write, began.elapsed());
        Ok(Tx::new(transaction, self.context.clone(), true))
    }

    /// Write transactions that several callers share, for data that is written often.
    pub const fn group(&self) -> &GroupWriter {
        &self.group
    }

    /// Begins a transaction that only reads, from a snapshot. It does not wait for writers.
    pub async fn read(&self) -> Result<Tx, StorageError> {
        let began = Instant::now();
        let transaction = self.product.read().await?;
        self.context.observer.transaction_began(Access::Read, began.elapsed());
        Ok(Tx::new(transaction, self.context.clone(), false))
    }

    /// Begins a transaction that only reads, for frequent and short reads: a few rows that are found by their keys, or
    /// one page of events. With SQLite, the caller's thread runs the statements, because that takes less time than
    /// waking another thread. Searches and whole lists take longer, and would hold up other requests: use
    /// [`Storage::read`] for them.
    pub async fn look_up(&self) -> Result<Tx, StorageError> {
        let began = Instant::now();
        let transaction = self.product.look_up().await?;
        self.context.observer.transaction_began(Access::Read, began.elapsed());
        Ok(Tx::new(transaction, self.context.clone(), false))
    }

    /// Checks both databases with a read and a write that reaches the disk.
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

    /// The connections of each pool. This does not access the databases.
    pub fn connections(&self) -> Vec<Connections> {
        let mut pools = self.product.connections(["product writer", "product readers"]);
        // With PostgreSQL, the product's tables and the vault share one pool.
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

    /// The vault: the encrypted sessions.
    pub const fn vault(&self) -> &Vault {
        &self.vault
    }

    /// Finishes the writes of the vault, writes SQLite's log files into the database files, and closes all
    /// connections.
    pub async fn close(&self) {
        self.group.close().await;
        self.vault.close().await;
        self.product.close().await;
    }

    /// Checks that the vault and the product's tables belong together. The product's tables contain a value that
    /// is encrypted with the key in the vault. Without this check, if the vault was lost, the next start would
    /// create a new key, and all encrypted columns would be unreadable.
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

/// Checks, before any file is created, whether the product's database is missing. If the file exists, but its
/// tables are empty, [`Storage::check_that_both_belong_together`] detects that.
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
