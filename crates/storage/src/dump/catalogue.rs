//! The tables and columns of a database version. They are read from a database in memory on which the migrations
//! have run, so the list is always complete.

use crate::db::{self, Connection, in_memory};
use crate::error::OpenError;
use crate::migrations::{Area, make_tables};

/// A table, as the migrations create it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Table {
    pub(super) area: Area,
    pub(super) name: String,
    pub(super) columns: Vec<Column>,
}

/// A column and its type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) kind: Kind,
}

/// The column types that linekeeper's tables use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Int,
    Text,
    Bytes,
}

impl Kind {
    fn of(declared: &str) -> Result<Self, OpenError> {
        match declared {
            "INTEGER" => Ok(Self::Int),
            "TEXT" => Ok(Self::Text),
            "BLOB" => Ok(Self::Bytes),
            other => Err(unreadable(format!("dumps know no columns of type {other}").into())),
        }
    }
}

/// The tables of an area after the migrations up to `version`, without the table of applied migrations, sorted by
/// name.
pub(super) async fn tables(area: Area, version: i64) -> Result<Vec<Table>, OpenError> {
    const SQL: &str = "SELECT t.name AS table_name, c.name AS column_name, c.type AS declared
        FROM sqlite_schema t JOIN pragma_table_info(t.name) c
        WHERE t.type = 'table' AND t.name <> 'schema_history' AND t.name NOT LIKE 'sqlite_%'
        ORDER BY t.name, c.cid";
    let failed = |error: db::Error| unreadable(error.into());
    let mut memory = in_memory().map_err(failed)?;
    let mut connection = Connection::Sqlite(&mut memory);
    make_tables(&mut connection, area, version).await?;
    let mut tables: Vec<Table> = Vec::new();
    for row in connection.fetch_all(SQL, &[]).await.map_err(failed)? {
        let name: String = row.get("table_name").map_err(failed)?;
        let declared: String = row.get("declared").map_err(failed)?;
        let column = Column { name: row.get("column_name").map_err(failed)?, kind: Kind::of(&declared)? };
        match tables.last_mut().filter(|last| last.name == name) {
            Some(table) => table.columns.push(column),
            None => tables.push(Table { area, name, columns: vec![column] }),
        }
    }
    Ok(tables)
}

fn unreadable(cause: crate::error::Cause) -> OpenError {
    OpenError::Unavailable { which: "catalogue", cause }
}
