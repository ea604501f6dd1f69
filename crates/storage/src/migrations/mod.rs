//! Brings a database to this program's version: numbered files, forward only, all in one transaction.
//! Two processes that start at once are kept apart by the write lock (SQLite) or an advisory lock (PostgreSQL).

mod seal_names;

use std::pin::Pin;

use crate::db::{Connection, Pool, Transaction, Value};
use crate::error::{Cause, OpenError};
use crate::seal::{Cipher, DataKey, Owner};

/// A set of tables with a history of its own. With SQLite each is a file, with PostgreSQL both share a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Area {
    Product,
    Vault,
}

/// One step; its number is its place in the list, from 1 on.
struct Migration {
    name: &'static str,
    step: Step,
}

enum Step {
    Script {
        sqlite: &'static str,
        postgres: &'static str,
    },
    /// What SQL cannot do: it has no keys.
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
];
const VAULT: &[Migration] = &[script!("vault", "0001_first"), script!("vault", "0002_writing_key")];

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

/// Applies what is missing. A database from a newer program is refused untouched. The product's tables need the
/// installation's cipher, the vault's none.
pub(crate) async fn migrate(pool: &Pool, area: Area, cipher: Option<&Cipher>) -> Result<(), OpenError> {
    let unavailable = |cause: sqlx::Error| OpenError::Unavailable { which: area.name(), cause: cause.into() };
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

/// The version of databases that this program makes.
pub(crate) fn latest(area: Area) -> i64 {
    i64::try_from(area.migrations().len()).expect("there are few migrations")
}

/// How many migrations a database has had that was migrated before.
pub(crate) async fn version(connection: &mut Connection<'_>, area: Area) -> Result<i64, sqlx::Error> {
    const SQL: &str = "SELECT COALESCE(MAX(version), 0) AS version FROM schema_history WHERE area = $1";
    connection.fetch_one(SQL, &[area.name().into()]).await?.get("version")
}

/// Makes the tables of an area as they were at a version, where there are none.
pub(crate) async fn make_tables(
    connection: &mut Connection<'_>,
    area: Area,
    version: i64,
) -> Result<(), OpenError> {
    // Without rows there is nothing to seal: any key will do.
    let no_rows = DataKey::generate(&mut rand::rng()).cipher(Owner::Installation, 0);
    apply_missing(connection, area, version, Some(&no_rows)).await.map(drop)
}

/// On PostgreSQL, keeps others from migrating until the transaction ends; with SQLite the write lock does.
pub(crate) async fn lock(connection: &mut Connection<'_>) -> Result<(), sqlx::Error> {
    if let Connection::Postgres(_) = connection {
        // Any number will do, as long as every linekeeper uses the same: "linekeep" in ASCII.
        connection.execute("SELECT pg_advisory_xact_lock($1)", &[0x6c69_6e65_6b65_6570_i64.into()]).await?;
    }
    Ok(())
}

async fn bring_up_to_date(
    transaction: &mut Transaction,
    area: Area,
    cipher: Option<&Cipher>,
) -> Result<(), OpenError> {
    let unavailable = |cause: sqlx::Error| OpenError::Unavailable { which: area.name(), cause: cause.into() };
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

/// Applies what is missing up to a version; answers what that was.
async fn apply_missing(
    connection: &mut Connection<'_>,
    area: Area,
    up_to: i64,
    cipher: Option<&Cipher>,
) -> Result<Vec<(i64, &'static str)>, OpenError> {
    let unavailable = |cause: sqlx::Error| OpenError::Unavailable { which: area.name(), cause: cause.into() };
    let found = current_version(connection, area).await.map_err(unavailable)?;
    if found > latest(area) {
        return Err(OpenError::Newer { which: area.name(), found, known: latest(area) });
    }
    let missing = (1..=up_to).zip(area.migrations()).filter(|(version, _)| *version > found);
    let mut applied = Vec::new();
    for (version, migration) in missing {
        apply(connection, area, version, migration, cipher).await.map_err(|cause| OpenError::Migration {
            which: area.name(),
            version,
            cause,
        })?;
        applied.push((version, migration.name));
    }
    Ok(applied)
}

/// How many rows refer to rows that are not there. SQLite keeps no foreign keys while migrations run: tables could not be replaced otherwise.
/// <https://www.sqlite.org/lang_altertable.html#making_other_kinds_of_table_schema_changes>
pub(crate) async fn orphans(connection: &mut Connection<'_>) -> Result<usize, sqlx::Error> {
    match connection {
        Connection::Sqlite(_) => Ok(connection.fetch_all("PRAGMA foreign_key_check", &[]).await?.len()),
        Connection::Postgres(_) => Ok(0),
    }
}

async fn current_version(connection: &mut Connection<'_>, area: Area) -> Result<i64, sqlx::Error> {
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
