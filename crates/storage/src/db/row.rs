//! A row of either driver, read by column name.

use std::sync::Arc;

use rusqlite::types::{Value, ValueRef};
use sqlx::postgres::PgRow;
use sqlx::{Decode, Row as _, Type};

use super::error::Error;

pub(crate) enum Row {
    Sqlite(Values),
    Postgres(PgRow),
}

/// A row that was copied out of SQLite. All rows of one result share the names of their columns.
pub(crate) struct Values {
    names: Arc<[Box<str>]>,
    values: Box<[Value]>,
}

/// A type of column values that both drivers can read.
pub(crate) trait Column: for<'r> Decode<'r, sqlx::Postgres> + Type<sqlx::Postgres> {
    /// The value as this type; `None` if SQLite returned a value of another type. Numbers and texts are not converted
    /// into each other, because a number in a text column means that the database is damaged.
    fn of_sqlite(value: &Value) -> Option<Self>
    where
        Self: Sized;
}

impl Column for i64 {
    fn of_sqlite(value: &Value) -> Option<Self> {
        if let Value::Integer(number) = value { Some(*number) } else { None }
    }
}

impl Column for String {
    fn of_sqlite(value: &Value) -> Option<Self> {
        if let Value::Text(text) = value { Some(text.clone()) } else { None }
    }
}

impl Column for Vec<u8> {
    fn of_sqlite(value: &Value) -> Option<Self> {
        match value {
            Value::Blob(bytes) => Some(bytes.clone()),
            Value::Text(text) => Some(text.clone().into_bytes()),
            _ => None,
        }
    }
}

impl<T> Column for Option<T>
where
    T: Column,
    Self: for<'r> Decode<'r, sqlx::Postgres> + Type<sqlx::Postgres>,
{
    fn of_sqlite(value: &Value) -> Option<Self> {
        if let Value::Null = value { Some(None) } else { T::of_sqlite(value).map(Some) }
    }
}

impl Row {
    /// The value of `column`. It is an error if the value does not have the type `T`.
    pub(crate) fn get<T: Column>(&self, column: &str) -> Result<T, Error> {
        match self {
            Self::Sqlite(row) => row.get(column),
            Self::Postgres(row) => Ok(row.try_get(column)?),
        }
    }
}

impl Values {
    /// Copies the current row of a statement.
    pub(super) fn copy(row: &rusqlite::Row<'_>, names: &Arc<[Box<str>]>) -> Result<Self, Error> {
        let value = |index: usize| {
            Ok(match row.get_ref(index)? {
                ValueRef::Null => Value::Null,
                ValueRef::Integer(number) => Value::Integer(number),
                ValueRef::Real(number) => Value::Real(number),
                ValueRef::Text(text) => match std::str::from_utf8(text) {
                    Ok(text) => Value::Text(text.to_owned()),
                    Err(_) => return Err(unreadable(&names[index], "it is not UTF-8")),
                },
                ValueRef::Blob(bytes) => Value::Blob(bytes.to_owned()),
            })
        };
        let values: Result<_, Error> = (0..names.len()).map(value).collect();
        Ok(Self { names: names.clone(), values: values? })
    }

    fn get<T: Column>(&self, column: &str) -> Result<T, Error> {
        let index = self.names.iter().position(|name| **name == *column);
        let value = index.and_then(|index| self.values.get(index));
        let value = value.ok_or_else(|| unreadable(column, "there is no such column"))?;
        T::of_sqlite(value).ok_or_else(|| unreadable(column, "its value has another type"))
    }
}

fn unreadable(column: &str, cause: &'static str) -> Error {
    Error::Column { column: column.to_owned(), cause }
}
