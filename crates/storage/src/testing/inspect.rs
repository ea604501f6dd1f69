//! Direct access to the tables, for tests that damage rows, count rows, or look for data that should not be
//! stored.

use std::path::Path;

use sqlx::AssertSqlSafe;

use crate::Database;
use crate::db::{self, Cache, Pool, Transaction, connect_postgres, open_sqlite};
use crate::vault::Kind;

/// The database refused a statement. The text is the database's message.
#[derive(Debug)]
pub struct Refused(pub String);

/// One of the two databases, opened without [`crate::Storage`].
pub struct Inspector {
    pool: Pool,
}

impl Inspector {
    /// Connects to a database. `file` is the SQLite file; PostgreSQL does not need it, because both databases are
    /// the same.
    pub(super) async fn connect(database: &Database, file: &Path) -> Self {
        let pool = match database {
            Database::Sqlite { .. } => open_sqlite(file, Cache { writer_kib: 256, reader_kib: 256 }).await,
            Database::Postgres { url } => connect_postgres(url.expose()).await,
        };
        Self { pool: pool.expect("it was opened before") }
    }

    /// Runs a statement without parameters. Returns the number of rows that it changed.
    pub async fn execute(&self, sql: &str) -> u64 {
        let mut transaction = self.begin().await;
        let touched = transaction.connection().execute(AssertSqlSafe(sql), &[]).await;
        transaction.commit().await.expect("the statement was fine");
        touched.expect("a statement that both databases know")
    }

    /// Runs several statements in one transaction.
    pub async fn run_script(&self, sql: &'static str) {
        let mut transaction = self.begin().await;
        transaction.connection().run_script(sql).await.expect("the script is fine");
        transaction.commit().await.expect("the script was fine");
    }

    /// Runs a statement, and returns the database's error if there is one.
    pub async fn try_execute(&self, sql: &str) -> Result<u64, Refused> {
        let mut transaction = self.begin().await;
        let touched = transaction.connection().execute(AssertSqlSafe(sql), &[]).await;
        let done = touched.map_err(|error| Refused(error.to_string()))?;
        transaction.commit().await.map(|()| done).map_err(|error| Refused(error.to_string()))
    }

    /// The names of all tables, sorted.
    pub async fn tables(&self) -> Vec<String> {
        const SQLITE: &str =
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name";
        const POSTGRES: &str = "SELECT table_name::TEXT AS name FROM information_schema.tables
            WHERE table_schema = 'public' ORDER BY name";
        let sql = match self.pool {
            Pool::Sqlite { .. } => SQLITE,
            Pool::Postgres(_) => POSTGRES,
        };
        let rows = self.begin().await.connection().fetch_all(sql, &[]).await;
        let rows = rows.expect("every database has a catalogue");
        rows.iter().map(|row| row.get("name").expect("a name is text")).collect()
    }

    /// The number of rows in a table.
    pub async fn count(&self, table: &str) -> i64 {
        let sql = format!("SELECT COUNT(*) AS n FROM {table}");
        let row = self.begin().await.connection().fetch_one(AssertSqlSafe(sql), &[]).await;
        row.and_then(|row| row.get("n")).expect("the table is there")
    }

    /// The data key that was created last, encrypted.
    pub async fn latest_data_key(&self) -> Vec<u8> {
        let sql = "SELECT wrapped FROM data_keys ORDER BY id DESC LIMIT 1";
        let row = self.begin().await.connection().fetch_one(sql, &[]).await;
        row.and_then(|row| row.get("wrapped")).expect("there is at least the installation's")
    }

    /// All data keys, encrypted, in the order of their sessions.
    pub async fn data_keys(&self) -> Vec<Vec<u8>> {
        let sql = "SELECT wrapped FROM data_keys ORDER BY session";
        let rows = self.begin().await.connection().fetch_all(sql, &[]).await.expect("the table is there");
        rows.iter().map(|row| row.get("wrapped").expect("it is bytes")).collect()
    }

    /// With PostgreSQL, all rows of all tables as text, with bytes in hexadecimal. With SQLite, an empty text: the
    /// test must read the files.
    pub async fn dump(&self) -> String {
        if let Pool::Sqlite { .. } = self.pool {
            return String::new();
        }
        let tables =
            "SELECT table_name::TEXT AS name FROM information_schema.tables WHERE table_schema = 'public'";
        let mut transaction = self.begin().await;
        let mut connection = transaction.connection();
        let mut text = String::new();
        for table in connection.fetch_all(tables, &[]).await.expect("every database has a catalogue") {
            let table: String = table.get("name").expect("a name is text");
            let rows = format!("SELECT t::TEXT AS line FROM {table} t");
            for row in connection.fetch_all(AssertSqlSafe(rows), &[]).await.expect("the table is there") {
                text.push_str(&row.get::<String>("line").expect("it was made text"));
                text.push('\n');
            }
        }
        text
    }

    /// The tags and encrypted values of all rows of a kind, in the order of the tags. `kind` is the name that
    /// errors use, such as `Signal session`.
    pub async fn values(&self, kind: &str) -> Vec<(Vec<u8>, Vec<u8>)> {
        let sql = "SELECT tag, value FROM vault_rows WHERE kind = $1 ORDER BY session, tag";
        let rows = self.begin().await.connection().fetch_all(sql, &[number(kind).into()]).await;
        let rows = rows.expect("the table is there");
        let pair = |row: &crate::db::Row| Ok::<_, db::Error>((row.get("tag")?, row.get("value")?));
        rows.iter().map(|row| pair(row).expect("both columns are bytes")).collect()
    }

    /// Deletes all rows of a kind. `kind` is the name that errors use. Returns the number of rows.
    pub async fn delete(&self, kind: &str) -> u64 {
        self.execute(&format!("DELETE FROM vault_rows WHERE kind = {}", number(kind))).await
    }

    /// Replaces the encrypted value of the row with this tag.
    pub async fn replace(&self, kind: &str, tag: &[u8], value: &[u8]) {
        let sql = "UPDATE vault_rows SET value = $3 WHERE kind = $1 AND tag = $2";
        let mut transaction = self.begin().await;
        let values = [number(kind).into(), tag.into(), value.into()];
        let touched = transaction.connection().execute(sql, &values).await;
        transaction.commit().await.expect("the statement was fine");
        assert_eq!(touched.expect("the table is there"), 1, "one row has that tag");
    }

    async fn begin(&self) -> Transaction {
        self.pool.begin().await.expect("the database is there")
    }
}

fn number(kind: &str) -> i64 {
    let found = Kind::ALL.into_iter().find(|known| known.name() == kind);
    found.unwrap_or_else(|| panic!("no rows are called {kind}")).number()
}
