//! Fresh, empty databases. Each goes away with its [`TestDatabase`].

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

/// Where fresh databases come from.
pub struct Databases;

/// A database that nobody else uses, with a directory for what does not go into it.
pub struct TestDatabase {
    database: Database,
    directory: TempDir,
    /// What to tell the server when this goes away.
    cleanup: Option<(PgConnectOptions, String)>,
}

impl Databases {
    /// A SQLite file in a temporary directory.
    pub fn sqlite() -> TestDatabase {
        let directory = tempfile::tempdir().expect("there is a place for temporary files");
        let database = Database::Sqlite { path: directory.path().join("linekeeper.db") };
        TestDatabase { database, directory, cleanup: None }
    }

    /// A database of its own on the server that `LINEKEEPER_TEST_POSTGRES` names, or, without that variable, on a
    /// server that this process starts from Debian's binaries and stops at its end.
    pub async fn postgres() -> TestDatabase {
        Self::postgres_like("template0").await
    }

    /// The same with all tables: a copy of one that this process made once.
    pub async fn postgres_with_tables() -> TestDatabase {
        static MADE: OnceCell<String> = OnceCell::const_new();
        let made = MADE.get_or_init(|| async {
            let TestDatabase { database, cleanup, .. } = &mut Self::postgres().await;
            let Database::Postgres { url } = database else { unreachable!("it was asked for") };
            tables_in(url.expose()).await;
            // It stays as long as the process, and goes with the server.
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

    /// One of each kind.
    pub async fn each() -> [TestDatabase; 2] {
        [Self::sqlite(), Self::postgres().await]
    }
}

impl TestDatabase {
    /// `sqlite` or `postgres`, for messages.
    pub const fn name(&self) -> &'static str {
        match self.database {
            Database::Sqlite { .. } => "sqlite",
            Database::Postgres { .. } => "postgres",
        }
    }

    /// The directory that would be the server's data directory.
    pub fn data_dir(&self) -> &Path {
        self.directory.path()
    }

    /// Where the vault lies with SQLite.
    pub fn sessions_dir(&self) -> PathBuf {
        self.directory.path().join("sessions")
    }

    /// What a server with the key of this installation would pass. `holder` tells several apart.
    pub fn options(&self, holder: &str) -> StorageOptions {
        let key = self.directory.path().join("master.key");
        let keys = KeyRing::of_file_or_new(key, Vec::new()).expect("the directory is writable");
        self.options_with(keys, holder)
    }

    /// The same with other keys.
    pub fn options_with(&self, keys: impl Into<KeyRing>, holder: &str) -> StorageOptions {
        StorageOptions {
            database: self.database.clone(),
            sessions_dir: self.sessions_dir(),
            keys: keys.into(),
            holder: holder.to_owned(),
        }
    }

    /// Opens it as one process would. Several calls are as several processes.
    pub async fn open(&self) -> Storage {
        self.open_at(Arc::new(SystemClock)).await
    }

    /// The same with the test's own clock.
    pub async fn open_at(&self, clock: Arc<dyn Clock>) -> Storage {
        Storage::open(self.options("test:1"), clock).await.expect("a fresh database opens")
    }

    /// A look at, and a hand on, the vault's rows behind the storage's back.
    pub async fn inspect_vault(&self) -> Inspector {
        Inspector::connect(&self.database, &self.sessions_dir().join("vault.db")).await
    }

    /// The same for the product's tables.
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
        // Nobody waits: PostgreSQL drops no database before every connection that is being opened is open or given up, and
        // ours are opened by the thread that would wait. What stays behind goes with the server.
        drop(std::thread::spawn(drop_it));
    }
}

/// Makes the tables of this program.
async fn tables_in(url: &str) {
    let pool = connect_postgres(url).await.expect("the server answers");
    let mut transaction = pool.begin().await.expect("the server answers");
    for area in [Area::Vault, Area::Product] {
        let made = make_tables(&mut transaction.connection(), area, latest(area)).await;
        made.expect("the tables can be made");
    }
    transaction.commit().await.expect("the tables can be made");
    // A database that somebody uses is copied for nobody.
    pool.close().await;
}

async fn administer(server: &PgConnectOptions, statement: String) -> Result<(), sqlx::Error> {
    let mut connection = server.connect().await?;
    connection.execute(AssertSqlSafe(statement)).await?;
    connection.close().await
}
