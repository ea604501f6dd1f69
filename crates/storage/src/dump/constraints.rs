//! The foreign keys of PostgreSQL. They are removed during a restore, because rows may refer to rows that are
//! written later. With SQLite, the restore switches off the checking of foreign keys instead.

use sqlx::AssertSqlSafe;

use super::catalogue::Table;
use crate::db::{self, Connection};

/// A foreign key that was removed for the time of the restore.
pub(super) struct Constraint {
    table: String,
    name: String,
    definition: String,
}

/// Removes all foreign keys of these tables and returns them.
pub(super) async fn drop_all(
    connection: &mut Connection<'_>,
    tables: &[Table],
) -> Result<Vec<Constraint>, db::Error> {
    // `format` with %I quotes names if they need it.
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

/// Adds the foreign keys again. PostgreSQL checks every row against them.
pub(super) async fn add(
    connection: &mut Connection<'_>,
    constraints: &[Constraint],
) -> Result<(), db::Error> {
    for Constraint { table, name, definition } in constraints {
        let sql = format!("ALTER TABLE {table} ADD CONSTRAINT {name} {definition}");
        connection.execute(AssertSqlSafe(sql), &[]).await?;
    }
    Ok(())
}
