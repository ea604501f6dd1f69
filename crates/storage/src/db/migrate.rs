//! Brings a database to this program's version: numbered files, forward only, all in one transaction.
//! Two processes that start at once are kept apart by the write lock (SQLite) or an advisory lock (PostgreSQL).

use super::connection::{Connection, Value};
use super::pool::Pool;
use crate::error::OpenError;

/// A set of tables with a history of its own. With SQLite each is a file, with PostgreSQL both share a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Area {
    Product,
    Vault,
}

/// One step; its number is its place in the list, from 1 on.
struct Migration {
    name: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
}

macro_rules! migrations {
    ($area:literal: $($name:literal),+ $(,)?) => {
        &[$(Migration {
            name: $name,
            sqlite: include_str!(concat!("../../migrations/sqlite/", $area, "/", $name, ".sql")),
            postgres: include_str!(concat!("../../migrations/postgres/", $area, "/", $name, ".sql")),
        }),+]
    };
}

const PRODUCT: &[Migration] = migrations!("product": "0001_first", "0002_connection_manager");
const VAULT: &[Migration] = migrations!("vault": "0001_first", "0002_writing_key");

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

/// Applies what is missing. A database from a newer program is refused untouched.
pub(crate) async fn migrate(pool: &Pool, area: Area) -> Result<(), OpenError> {
    let unavailable = |cause: sqlx::Error| OpenError::Unavailable { which: area.name(), cause: cause.into() };
    let mut transaction = pool.begin().await.map_err(unavailable)?;
    let mut connection = transaction.connection();
    let found = current_version(&mut connection, area).await.map_err(unavailable)?;

    let migrations = area.migrations();
    let known = i64::try_from(migrations.len()).expect("there are few migrations");
    if found > known {
        return Err(OpenError::Newer { which: area.name(), found, known });
    }
    for (version, migration) in (1..).zip(migrations).filter(|(version, _)| *version > found) {
        apply(&mut connection, area, version, migration).await.map_err(|cause| OpenError::Migration {
            which: area.name(),
            version,
            cause: cause.into(),
        })?;
        tracing::info!(database = area.name(), version, name = migration.name, "migrated");
    }
    transaction.commit().await.map_err(unavailable)
}

async fn current_version(connection: &mut Connection<'_>, area: Area) -> Result<i64, sqlx::Error> {
    if let Connection::Postgres(_) = connection {
        // Any number will do, as long as every linekeeper uses the same: "linekeep" in ASCII.
        connection.execute("SELECT pg_advisory_xact_lock($1)", &[0x6c69_6e65_6b65_6570_i64.into()]).await?;
    }
    let history = "CREATE TABLE IF NOT EXISTS schema_history (
        area TEXT NOT NULL, version BIGINT NOT NULL, name TEXT NOT NULL, PRIMARY KEY (area, version))";
    connection.execute(history, &[]).await?;
    let latest = "SELECT COALESCE(MAX(version), 0) AS version FROM schema_history WHERE area = $1";
    connection.fetch_one(latest, &[area.name().into()]).await?.get("version")
}

async fn apply(
    connection: &mut Connection<'_>,
    area: Area,
    version: i64,
    migration: &Migration,
) -> Result<(), sqlx::Error> {
    let script = match connection {
        Connection::Sqlite(_) => migration.sqlite,
        Connection::Postgres(_) => migration.postgres,
    };
    connection.run_script(script).await?;
    let record = "INSERT INTO schema_history (area, version, name) VALUES ($1, $2, $3)";
    let values: [Value<'_>; 3] = [area.name().into(), version.into(), migration.name.into()];
    connection.execute(record, &values).await.map(drop)
}
