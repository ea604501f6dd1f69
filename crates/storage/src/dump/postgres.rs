//! Restoring into PostgreSQL: one transaction from the first look to the last row.

use sqlx::AssertSqlSafe;

use super::catalogue::{Table, tables};
use super::error::RestoreError;
use super::restore::{Source, Targets, occupied};
use crate::db::{Connection, connect_postgres};
use crate::migrations::{Area, latest, lock, version};

/// A foreign key that is away while rows are written.
pub(super) struct Constraint {
    table: String,
    name: String,
    definition: String,
}

pub(super) async fn restore(source: &mut Source, url: &str) -> Result<(), RestoreError> {
    let pool = connect_postgres(url).await?;
    let done = async {
        let mut into = Targets { product: pool.begin().await?, vault: None };
        make_room(&mut into.of(Area::Product)).await?;
        source.fill(&mut into).await?;
        Ok(into.product.commit().await?)
    };
    let done = done.await;
    pool.close().await;
    done
}

/// Removes the tables of an installation that nobody has used. Refuses where somebody has, or where the tables are
/// not ours.
async fn make_room(connection: &mut Connection<'_>) -> Result<(), RestoreError> {
    const THERE: &str = "SELECT table_name::TEXT AS name FROM information_schema.tables
        WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'";
    // Nobody else makes tables meanwhile.
    lock(connection).await?;
    let mut there = Vec::new();
    for row in connection.fetch_all(THERE, &[]).await? {
        there.push(row.get::<String>("name")?);
    }
    let has_history = there.iter().any(|name| name == "schema_history");
    let mut ours = Vec::new();
    for area in [Area::Product, Area::Vault] {
        let known = latest(area);
        let found = if has_history { version(connection, area).await? } else { 0 };
        if found > known {
            return Err(crate::OpenError::Newer { which: area.name(), found, known }.into());
        }
        ours.extend(tables(area, known).await?.into_iter().map(|table| table.name));
    }
    ours.retain(|name| there.contains(name));
    if ours.is_empty() {
        return Ok(());
    }
    if !has_history {
        let text = format!("there are tables of another program: {}", ours.join(", "));
        return Err(RestoreError::NotEmpty(text));
    }
    ours.push("schema_history".to_owned());
    let names = ours.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ");
    let lock = format!("LOCK TABLE {names} IN ACCESS EXCLUSIVE MODE");
    connection.execute(AssertSqlSafe(lock), &[]).await?;
    if let Some(what) = occupied(connection, &ours).await? {
        return Err(RestoreError::NotEmpty(what));
    }
    let drop_all = format!("DROP TABLE {names} CASCADE");
    connection.execute(AssertSqlSafe(drop_all), &[]).await?;
    Ok(())
}

/// Takes the foreign keys of those tables away.
pub(super) async fn drop_constraints(
    connection: &mut Connection<'_>,
    tables: &[Table],
) -> Result<Vec<Constraint>, sqlx::Error> {
    // `format` with %I quotes names where they need it.
    const SQL: &str = "SELECT c.relname::TEXT AS plain, format('%I', c.relname) AS table_name, format('%I', f.conname) AS name,
            pg_get_constraintdef(f.oid) AS definition
        FROM pg_constraint f JOIN pg_class c ON c.oid = f.conrelid
        WHERE f.contype = 'f' AND f.connamespace = current_schema()::regnamespace";
    let Connection::Postgres(_) = connection else { return Ok(Vec::new()) };
    let mut constraints = Vec::new();
    for row in connection.fetch_all(SQL, &[]).await? {
        let plain: String = row.get("plain")?;
        if !tables.iter().any(|table| table.name == plain) {
            continue;
        }
        let constraint = Constraint {
            table: row.get("table_name")?,
            name: row.get("name")?,
            definition: row.get("definition")?,
        };
        let sql = format!("ALTER TABLE {} DROP CONSTRAINT {}", constraint.table, constraint.name);
        connection.execute(AssertSqlSafe(sql), &[]).await?;
        constraints.push(constraint);
    }
    Ok(constraints)
}

/// Puts them back; each looks at every row.
pub(super) async fn add_constraints(
    connection: &mut Connection<'_>,
    constraints: &[Constraint],
) -> Result<(), sqlx::Error> {
    for Constraint { table, name, definition } in constraints {
        let sql = format!("ALTER TABLE {table} ADD CONSTRAINT {name} {definition}");
        connection.execute(AssertSqlSafe(sql), &[]).await?;
    }
    Ok(())
}
