//! Migrates a database to the version of this program. Migrations are numbered, run only forward, and run in one
//! transaction. The write lock (SQLite) or an advisory lock (PostgreSQL) keeps other processes from migrating at
//! the same time.

mod join_spellings;
mod keep_failures;
mod seal_names;

use std::collections::HashSet;
use std::pin::Pin;

use crate::db::{self, Connection, Pool, Transaction, Value};
use crate::error::{Cause, OpenError};
use crate::seal::{Cipher, DataKey, Owner};

/// A set of tables that is migrated separately. With SQLite, each area is a file of its own; with PostgreSQL, both
/// areas are in one database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Area {
    Product,
    Vault,
}

/// One migration.
struct Migration {
    /// The name of the migration's file. It begins with the migration's number in four digits.
    name: &'static str,
    step: Step,
}

impl Migration {
    fn version(&self) -> i64 {
        self.name[..4].parse().expect("a migration's name begins with its number")
    }
}

enum Step {
    Script {
        sqlite: &'static str,
        postgres: &'static str,
    },
    /// A migration in Rust code, because it needs a key to encrypt data, which SQL cannot do.
    Sealing(Sealing),
}

type Sealing = for<'a> fn(
    &'a mut Connection<'_>,
    &'a Cipher,
) -> Pin<Box<dyn Future<Output = Result<(), Cause>> + Send + 'a>>;

macro_rules! script {
    ($area:literal, $name:literal) => {
        Migration {
            name: $name,
            step: Step::Script {
                sqlite: include_str!(concat!("../../migrations/sqlite/", $area, "/", $name, ".sql")),
                postgres: include_str!(concat!("../../migrations/postgres/", $area, "/", $name, ".sql")),
            },
        }
    };
}

const PRODUCT: &[Migration] = &[
    script!("product", "0001_first"),
    script!("product", "0002_connection_manager"),
    script!("product", "0003_people"),
    Migration { name: "0004_seal_names", step: Step::Sealing(seal_names::run) },
    script!("product", "0005_no_clear_names"),
    script!("product", "0010_pending_logouts"),
    script!("product", "0015_replaced_refresh_token"),
    script!("product", "0016_foreign_standings"),
    script!("product", "0017_links_of_keys"),
    Migration { name: "0018_join_spellings", step: Step::Sealing(join_spellings::run) },
    Migration { name: "0019_keep_failures", step: Step::Sealing(keep_failures::run) },
    script!("product", "0020_usage_by_day"),
    script!("product", "0030_messages"),
    script!("product", "0031_media"),
    script!("product", "0035_chat_types_of_events"),
    script!("product", "0036_pacing"),
    script!("product", "0037_foreign_acts"),
    script!("product", "0040_reader_epochs"),
    script!("product", "0041_webhooks"),
    script!("product", "0050_files_of_messages"),
    script!("product", "0070_analytics"),
    script!("product", "0071_weekly_reports"),
    script!("product", "0072_unreadable_messages"),
    script!("product", "0073_runtime_epochs"),
];
const VAULT: &[Migration] = &[
    script!("vault", "0001_first"),
    script!("vault", "0002_writing_key"),
    script!("vault", "0010_set_aside"),
];

impl Area {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Product => "product",
            Self::Vault => "vault",
        }
    }

    const fn migrations(self) -> &'static [Migration] {
        match self {
            Self::Product => PRODUCT,
            Self::Vault => VAULT,
        }
    }
}

/// Runs the missing migrations. If the database has a newer version than this program supports, returns an error
/// and changes nothing. The migrations of the product's tables need the installation's cipher, those of the vault
/// do not.
pub(crate) async fn migrate(pool: &Pool, area: Area, cipher: Option<&Cipher>) -> Result<(), OpenError> {
    let unavailable = |cause: db::Error| OpenError::Unavailable { which: area.name(), cause: cause.into() };
    let mut transaction = pool.begin_migration().await.map_err(unavailable)?;
    let applied = bring_up_to_date(&mut transaction, area, cipher).await;
    if applied.is_ok() {
        transaction.commit().await.map_err(unavailable)?;
    } else {
        drop(transaction);
    }
    pool.end_migration().await.map_err(unavailable)?;
    applied
}

/// The number of the last migration that this program has.
pub(crate) fn latest(area: Area) -> i64 {
    area.migrations().last().map_or(0, Migration::version)
}

/// The number of the last migration that was applied to the database.
pub(crate) async fn version(connection: &mut Connection<'_>, area: Area) -> Result<i64, db::Error> {
    const SQL: &str = "SELECT COALESCE(MAX(version), 0) AS version FROM schema_history WHERE area = $1";
    connection.fetch_one(SQL, &[area.name().into()]).await?.get("version")
}

/// The numbers of all migrations that were applied to the database. The numbers have gaps.
async fn applied_before(connection: &mut Connection<'_>, area: Area) -> Result<HashSet<i64>, db::Error> {
    const SQL: &str = "SELECT version FROM schema_history WHERE area = $1";
    let rows = connection.fetch_all(SQL, &[area.name().into()]).await?;
    rows.iter().map(|row| row.get("version")).collect()
}

/// In an empty database, creates the tables of an area in a given version.
pub(crate) async fn make_tables(
    connection: &mut Connection<'_>,
    area: Area,
    version: i64,
) -> Result<(), OpenError> {
    // An empty database has no data to encrypt, so any key works.
    let no_rows = DataKey::generate(&mut rand::rng()).cipher(Owner::Installation, 0);
    apply_missing(connection, area, version, Some(&no_rows)).await.map(drop)
}

/// On PostgreSQL, keeps other processes from migrating until the transaction ends. On SQLite, the write lock has
/// the same effect.
pub(crate) async fn lock(connection: &mut Connection<'_>) -> Result<(), db::Error> {
    if let Connection::Postgres(_) = connection {
        // The number is arbitrary, but all versions of linekeeper must use the same one. It is "linekeep" in
        // ASCII.
        connection.execute("SELECT pg_advisory_xact_lock($1)", &[0x6c69_6e65_6b65_6570_i64.into()]).await?;
    }
    Ok(())
}

async fn bring_up_to_date(
    transaction: &mut Transaction,
    area: Area,
    cipher: Option<&Cipher>,
) -> Result<(), OpenError> {
    let unavailable = |cause: db::Error| OpenError::Unavailable { which: area.name(), cause: cause.into() };
    let mut connection = transaction.connection();
    let known = latest(area);
    let applied = apply_missing(&mut connection, area, known, cipher).await?;
    if applied.is_empty() {
        return Ok(());
    }
    for (version, name) in applied {
        tracing::info!(database = area.name(), version, name, "migrated");
    }
    let orphans = orphans(&mut connection).await.map_err(unavailable)?;
    if orphans > 0 {
        let cause = format!("{orphans} rows would refer to rows that are not there").into();
        return Err(OpenError::Migration { which: area.name(), version: known, cause });
    }
    Ok(())
}

/// Runs the missing migrations up to a version. Returns the version that the database had before.
async fn apply_missing(
    connection: &mut Connection<'_>,
    area: Area,
    up_to: i64,
    cipher: Option<&Cipher>,
) -> Result<Vec<(i64, &'static str)>, OpenError> {
    let unavailable = |cause: db::Error| OpenError::Unavailable { which: area.name(), cause: cause.into() };
    let found = current_version(connection, area).await.map_err(unavailable)?;
    if found > latest(area) {
        return Err(OpenError::Newer { which: area.name(), found, known: latest(area) });
    }
    let known = applied_before(connection, area).await.map_err(unavailable)?;
    let wanted = area.migrations().iter().filter(|migration| migration.version() <= up_to);
    let missing = wanted.filter(|migration| !known.contains(&migration.version()));
    let mut applied = Vec::new();
    for migration in missing {
        let version = migration.version();
        apply(connection, area, version, migration, cipher).await.map_err(|cause| OpenError::Migration {
            which: area.name(),
            version,
            cause,
        })?;
        applied.push((version, migration.name));
    }
    Ok(applied)
}

/// Counts the rows that refer to rows that do not exist. SQLite does not check foreign keys during migrations, because
/// a migration could not replace a table while foreign keys are checked.
/// <https://www.sqlite.org/lang_altertable.html#making_other_kinds_of_table_schema_changes>
pub(crate) async fn orphans(connection: &mut Connection<'_>) -> Result<usize, db::Error> {
    match connection {
        Connection::Sqlite(_) => Ok(connection.fetch_all("PRAGMA foreign_key_check", &[]).await?.len()),
        Connection::Postgres(_) => Ok(0),
    }
}

async fn current_version(connection: &mut Connection<'_>, area: Area) -> Result<i64, db::Error> {
    lock(connection).await?;
    let history = "CREATE TABLE IF NOT EXISTS schema_history (
        area TEXT NOT NULL, version BIGINT NOT NULL, name TEXT NOT NULL, PRIMARY KEY (area, version))";
    connection.execute(history, &[]).await?;
    version(connection, area).await
}

async fn apply(
    connection: &mut Connection<'_>,
    area: Area,
    version: i64,
    migration: &Migration,
    cipher: Option<&Cipher>,
) -> Result<(), Cause> {
    match (&migration.step, &connection) {
        (Step::Script { sqlite, .. }, Connection::Sqlite(_)) => connection.run_script(sqlite).await?,
        (Step::Script { postgres, .. }, Connection::Postgres(_)) => connection.run_script(postgres).await?,
        (Step::Sealing(seal), _) => seal(connection, cipher.ok_or("it needs a key, and has none")?).await?,
    }
    let record = "INSERT INTO schema_history (area, version, name) VALUES ($1, $2, $3)";
    let values: [Value<'_>; 3] = [area.name().into(), version.into(), migration.name.into()];
    connection.execute(record, &values).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Area, Migration};

    #[test]
    fn migrations_are_sorted_by_their_numbers() {
        for area in [Area::Product, Area::Vault] {
            let versions: Vec<_> = area.migrations().iter().map(Migration::version).collect();
            assert!(versions.is_sorted_by(|one, next| one < next), "{versions:?}");
        }
    }
}
