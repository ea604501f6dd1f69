//! New, empty databases for tests. A database is deleted when its [`TestDatabase`] is dropped.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use linekeeper_model::clock::{Clock, SystemClock};
use linekeeper_model::secret::Secret;
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection as _, Executor as _};
use tempfile::TempDir;
use tokio::sync::OnceCell;

use super::inspect::Inspector;
use super::postgres;
use crate::db::connect_postgres;
use crate::migrations::{Area, latest, make_tables};
use crate::{Database, KeyRing, Storage, StorageOptions};

/// Creates databases for tests.
pub struct Databases;

/// A database of one test, and a directory for its files.
pub struct TestDatabase {
    database: Database,
    directory: TempDir,
    /// The PostgreSQL server, and the statement that deletes the database on it. The statement is executed on drop.
    cleanup: Option<(PgConnectOptions, String)>,
}

impl Databases {
    /// A SQLite database in a temporary directory.
    pub fn sqlite() -> TestDatabase {
        let directory = tempfile::tempdir().expect("there is a place for temporary files");
        let database = Database::Sqlite { path: directory.path().join("linekeeper.db") };
        TestDatabase { database, directory, cleanup: None }
    }

    /// A new database on the PostgreSQL server that `LINEKEEPER_TEST_POSTGRES` names. Without that variable, this
    /// process starts a server from Debian's binaries, and stops it when the process ends.
    pub async fn postgres() -> TestDatabase {
        Self::postgres_like("template0").await
    }

    /// A PostgreSQL database that already has all tables. It is a copy of a template that this process creates
    /// once.
    pub async fn postgres_with_tables() -> TestDatabase {
        static MADE: OnceCell<String> = OnceCell::const_new();
        let made = MADE.get_or_init(|| async {
            let TestDatabase { database, cleanup, .. } = &mut Self::postgres().await;
            let Database::Postgres { url } = database else { unreachable!("it was asked for") };
            tables_in(url.expose()).await;
            // The template is kept while the process runs, and is deleted together with the server.
            cleanup.take().expect("it has a name").1
        });
        Self::postgres_like(made.await).await
    }

    async fn postgres_like(template: &str) -> TestDatabase {
        let server =
            tokio::task::spawn_blocking(postgres::server_url).await.expect("a server could be started");
        let server = PgConnectOptions::from_str(&server).expect("the server's address is a URL");
        let name = format!("linekeeper_test_{}", uuid::Uuid::from_u128(rand::random()).simple());
        let create = format!("CREATE DATABASE {name} TEMPLATE {template}");
        administer(&server, create).await.expect("the server makes databases");
        let url = server.clone().database(&name).to_url_lossy().to_string();
        TestDatabase {
            database: Database::Postgres { url: Secret::new(url) },
            directory: tempfile::tempdir().expect("there is a place for temporary files"),
            cleanup: Some((server, name)),
        }
    }

    /// A SQLite database and a PostgreSQL database.
    pub async fn each() -> [TestDatabase; 2] {
        [Self::sqlite(), Self::postgres().await]
    }
}

impl TestDatabase {
    /// The kind of the database, `sqlite` or `postgres`, for messages.
    pub const fn name(&self) -> &'static str {
        match self.database {
            Database::Sqlite { .. } => "sqlite",
            Database::Postgres { .. } => "postgres",
        }
    }

    /// The directory that a server would use as its data directory.
    pub fn data_dir(&self) -> &Path {
        self.directory.path()
    }

    /// The directory of the vault (the store of sessions), if it is a SQLite database.
    pub fn sessions_dir(&self) -> PathBuf {
        self.directory.path().join("sessions")
    }

    /// The options of a server that has this installation's key. Tests with several servers give each server a
    /// different `holder`.
    pub fn options(&self, holder: &str) -> StorageOptions {
        let key = self.directory.path().join("master.key");
        let keys = KeyRing::of_file_or_new(key, Vec::new()).expect("the directory is writable");
        self.options_with(keys, holder)
    }

    /// The options of a server that has the master keys `keys`.
    pub fn options_with(&self, keys: impl Into<KeyRing>, holder: &str) -> StorageOptions {
        StorageOptions {
            database: self.database.clone(),
            sessions_dir: self.sessions_dir(),
            keys: keys.into(),
            holder: holder.to_owned(),
        }
    }

    /// Opens the database as a server process does. Each call returns a new storage, and several storages behave like
    /// several processes.
    pub async fn open(&self) -> Storage {
        self.open_at(Arc::new(SystemClock)).await
    }

    /// Opens the database with this clock.
    pub async fn open_at(&self, clock: Arc<dyn Clock>) -> Storage {
        Storage::open(self.options("test:1"), clock).await.expect("a fresh database opens")
    }

    /// Gives direct access to the vault's tables.
    pub async fn inspect_vault(&self) -> Inspector {
        Inspector::connect(&self.database, &self.sessions_dir().join("vault.db")).await
    }

    /// Gives direct access to the product's tables.
    pub async fn inspect_product(&self) -> Inspector {
        Inspector::connect(&self.database, &self.directory.path().join("linekeeper.db")).await
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let Some((server, name)) = self.cleanup.take() else {
            return;
        };
        let drop_it = move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            let drop_database = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
            runtime.block_on(administer(&server, drop_database)).map_err(std::io::Error::other)
        };
        // Do not wait for the result. PostgreSQL waits for connections that are still being opened before it
        // deletes a database, and the current thread may be the one that opens them. A database that is not
        // deleted here is deleted together with the server.
        drop(std::thread::spawn(drop_it));
    }
}

/// Creates all tables in the version of this program.
async fn tables_in(url: &str) {
    let pool = connect_postgres(url).await.expect("the server answers");
    let mut transaction = pool.begin().await.expect("the server answers");
    for area in [Area::Vault, Area::Product] {
        let made = make_tables(&mut transaction.connection(), area, latest(area)).await;
        made.expect("the tables can be made");
    }
    transaction.commit().await.expect("the tables can be made");
    // PostgreSQL does not copy a database that has open connections.
    pool.close().await;
}

async fn administer(server: &PgConnectOptions, statement: String) -> Result<(), sqlx::Error> {
    let mut connection = server.connect().await?;
    connection.execute(AssertSqlSafe(statement)).await?;
    connection.close().await
}
