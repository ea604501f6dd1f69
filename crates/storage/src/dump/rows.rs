//! Converts rows of a database to rows of a dump and back. In a dump, a row is a CBOR array of integers, texts,
//! byte strings and nulls.

use std::sync::Arc;

use ciborium::Value as Cbor;
use sqlx::AssertSqlSafe;

use super::catalogue::{Kind, Table};
use super::error::RestoreError;
use crate::db::{self, Connection, Row, Value};

/// The maximum number of parameters in one statement.
const PARAMETERS: usize = 900;

/// The statement that reads all rows of a table.
pub(super) fn select(table: &Table) -> String {
    format!("SELECT {} FROM \"{}\"", quoted(table.columns.iter().map(|column| &column.name)), table.name)
}

/// Encodes a row for a dump.
pub(super) fn encode(row: &Row, table: &Table, into: &mut Vec<u8>) -> Result<(), db::Error> {
    let mut values = Vec::with_capacity(table.columns.len());
    for column in &table.columns {
        let value = match column.kind {
            Kind::Int => row.get::<Option<i64>>(&column.name)?.map(Cbor::from),
            Kind::Text => row.get::<Option<String>>(&column.name)?.map(Cbor::from),
            Kind::Bytes => row.get::<Option<Vec<u8>>>(&column.name)?.map(Cbor::from),
        };
        values.push(value.unwrap_or(Cbor::Null));
    }
    let written = ciborium::into_writer(&Cbor::Array(values), into);
    written.map_err(|error| db::Error::Encode(error.to_string()))
}

/// Writes rows of a table into a database.
pub(super) struct Inserts {
    name: String,
    kinds: Vec<Kind>,
    /// The number of rows that the statement `many_rows` writes.
    many: usize,
    one_row: Arc<str>,
    many_rows: Arc<str>,
}

impl Inserts {
    /// Makes the statements for rows whose values are in the order of `columns`. The table must have all these columns.
    pub(super) fn new(table: &Table, columns: &[String]) -> Self {
        let kind = |name: &String| table.columns.iter().find(|column| column.name == *name).map(|c| c.kind);
        let many = (PARAMETERS / columns.len().max(1)).max(1);
        let text = |rows: usize| insert(&table.name, columns, rows).into();
        Self {
            name: table.name.clone(),
            kinds: columns.iter().filter_map(kind).collect(),
            many,
            one_row: text(1),
            many_rows: text(many),
        }
    }

    pub(super) async fn write(
        &self,
        connection: &mut Connection<'_>,
        rows: &[Vec<Cbor>],
    ) -> Result<(), RestoreError> {
        let full = rows.len() - rows.len() % self.many;
        for rows in rows[..full].chunks(self.many) {
            connection.execute(AssertSqlSafe(self.many_rows.clone()), &self.values(rows)?).await?;
        }
        for row in rows[full..].chunks(1) {
            connection.execute(AssertSqlSafe(self.one_row.clone()), &self.values(row)?).await?;
        }
        Ok(())
    }

    fn values<'r>(&self, rows: &'r [Vec<Cbor>]) -> Result<Vec<Value<'r>>, RestoreError> {
        let misfit = || RestoreError::Malformed(format!("a row of {} is not as its columns are", self.name));
        let mut values = Vec::with_capacity(rows.len() * self.kinds.len());
        for row in rows {
            if row.len() != self.kinds.len() {
                return Err(misfit());
            }
            for (kind, value) in self.kinds.iter().zip(row) {
                values.push(match (kind, value) {
                    (Kind::Int, Cbor::Null) => Value::Int(None),
                    (Kind::Text, Cbor::Null) => Value::Text(None),
                    (Kind::Bytes, Cbor::Null) => Value::Bytes(None),
                    (Kind::Int, Cbor::Integer(number)) => {
                        Value::from(i64::try_from(*number).map_err(|_| misfit())?)
                    }
                    (Kind::Text, Cbor::Text(text)) => Value::from(text.as_str()),
                    (Kind::Bytes, Cbor::Bytes(bytes)) => Value::from(bytes.as_slice()),
                    _ => return Err(misfit()),
                });
            }
        }
        Ok(values)
    }
}

fn insert(table: &str, columns: &[String], rows: usize) -> String {
    let row = |row: usize| {
        let numbers: Vec<String> =
            (1..=columns.len()).map(|column| format!("${}", row * columns.len() + column)).collect();
        format!("({})", numbers.join(", "))
    };
    let values: Vec<String> = (0..rows).map(row).collect();
    format!("INSERT INTO \"{table}\" ({}) VALUES {}", quoted(columns.iter()), values.join(", "))
}

fn quoted<'n>(names: impl Iterator<Item = &'n String>) -> String {
    names.map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ")
}
