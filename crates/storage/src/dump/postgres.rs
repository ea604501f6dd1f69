//! Restores a dump into PostgreSQL. Everything from the first check to the last row is one transaction.

use sqlx::AssertSqlSafe;

use super::catalogue::tables;
use super::error::RestoreError;
use super::source::{Source, Targets, occupied};
use crate::db::{Connection, connect_postgres};
use crate::migrations::{Area, latest, lock, version};

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

/// Removes the tables of an installation that has no data yet. It is an error if there is data, or if other tables
/// exist.
async fn make_room(connection: &mut Connection<'_>) -> Result<(), RestoreError> {
    const THERE: &str = "SELECT table_name::TEXT AS name FROM information_schema.tables
        WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'";
    // No other process may create tables at the same time.
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
