//! How types of the model are stored in columns: ids and codes as text, times as Unix milliseconds.

use std::str::FromStr;

use linekeeper_model::Timestamp;
use serde::de::DeserializeOwned;
use serde::de::value::{Error as TextError, StringDeserializer};
use serde::{Deserialize, Serialize};

use crate::db::{Column, Row};
use crate::error::StorageError;

/// The text that serde writes for a unit variant or a string newtype.
pub(super) fn text(value: impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(text)) => text,
        other => unreachable!("not stored as text: {other:?}"),
    }
}

/// The time in Unix milliseconds. Fractions of a millisecond are cut off.
pub(super) fn millis(time: Timestamp) -> i64 {
    time.as_millisecond()
}

/// Converts columns to types of the model. If a value cannot be converted, the error names the column.
pub(super) struct Reader<'r>(pub(super) &'r Row);

impl Reader<'_> {
    pub(super) fn get<T: Column>(&self, column: &'static str) -> Result<T, StorageError> {
        Ok(self.0.get(column)?)
    }

    pub(super) fn parse<T>(&self, column: &'static str) -> Result<T, StorageError>
    where
        T: FromStr<Err: std::error::Error + Send + Sync + 'static>,
    {
        let text: String = self.get(column)?;
        text.parse().map_err(|error: T::Err| StorageError::unreadable(column, error))
    }

    /// Reads a column that may be null.
    pub(super) fn optional<T>(&self, column: &'static str) -> Result<Option<T>, StorageError>
    where
        T: FromStr<Err: std::error::Error + Send + Sync + 'static>,
    {
        let text: Option<String> = self.get(column)?;
        let parsed = text.map(|text| text.parse()).transpose();
        parsed.map_err(|error: T::Err| StorageError::unreadable(column, error))
    }

    /// Reads a value that [`text`] has written.
    pub(super) fn code<T: DeserializeOwned>(&self, column: &'static str) -> Result<T, StorageError> {
        let text: String = self.get(column)?;
        let deserializer = StringDeserializer::<TextError>::new(text);
        T::deserialize(deserializer).map_err(|error| StorageError::unreadable(column, error))
    }

    pub(super) fn json<T: for<'d> Deserialize<'d>>(&self, column: &'static str) -> Result<T, StorageError> {
        let text: String = self.get(column)?;
        serde_json::from_str(&text).map_err(|error| StorageError::unreadable(column, error))
    }

    pub(super) fn time(&self, column: &'static str) -> Result<Timestamp, StorageError> {
        time_of(column, self.get(column)?)
    }

    pub(super) fn optional_time(&self, column: &'static str) -> Result<Option<Timestamp>, StorageError> {
        self.get::<Option<i64>>(column)?.map(|millis| time_of(column, millis)).transpose()
    }

    /// Reads a SHA-256.
    pub(super) fn digest(&self, column: &'static str) -> Result<[u8; 32], StorageError> {
        let digest: Vec<u8> = self.get(column)?;
        digest.as_slice().try_into().map_err(|error| StorageError::unreadable(column, error))
    }

    pub(super) fn count(&self, column: &'static str) -> Result<u32, StorageError> {
        let number: i64 = self.get(column)?;
        u32::try_from(number).map_err(|error| StorageError::unreadable(column, error))
    }
}

fn time_of(column: &'static str, millis: i64) -> Result<Timestamp, StorageError> {
    Timestamp::from_millisecond(millis).map_err(|error| StorageError::unreadable(column, error))
}
