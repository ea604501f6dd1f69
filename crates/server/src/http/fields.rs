//! Reads the named fields of a body or a query and collects everything that is wrong with them, so that a
//! caller learns of all mistakes at once. Messages never repeat a value: it may be a secret.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt::Display;
use std::str::FromStr;

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::error::ApiError;

/// Most errors that one answer lists.
const MOST_ERRORS: usize = 50;
/// Most characters of an unknown field's name that are repeated.
const LONGEST_NAME: usize = 64;

/// One thing that is wrong with a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct FieldError {
    /// Its name; `scopes[0]` for an element of a list.
    #[schema(example = "displayName")]
    pub field: String,
    /// One of `required`, `invalid`, `wrong_type`, `unknown_field`, `duplicate_field`, `too_short`, `too_long`,
    /// `out_of_range`, `unsupported`.
    #[schema(example = "required")]
    pub code: &'static str,
    /// A sentence for people.
    #[schema(example = "must be given")]
    pub message: String,
}

/// Why one value is not acceptable.
#[derive(Debug)]
pub(super) struct Fault {
    code: &'static str,
    message: String,
    /// Which element of a list.
    index: Option<usize>,
}

impl Fault {
    pub fn new(code: &'static str, message: impl Display) -> Self {
        Self { code, message: message.to_string(), index: None }
    }

    pub fn unsupported(message: impl Display) -> Self {
        Self::new("unsupported", message)
    }

    fn wrong_type(expected: &str) -> Self {
        Self::new("wrong_type", format!("must be {expected}"))
    }

    fn at(self, index: usize) -> Self {
        Self { index: Some(index), ..self }
    }
}

/// A request's shape: knows its fields and reads them.
pub(super) trait FromFields: Sized {
    /// `None` only after an error was recorded in `fields`.
    fn read(fields: &mut Fields) -> Option<Self>;
}

/// The fields that have not been read yet, and what was wrong with those that have.
#[derive(Debug, Default)]
pub(super) struct Fields {
    values: BTreeMap<String, Value>,
    errors: Vec<FieldError>,
}

impl Fields {
    /// Adds a field as it was sent; the second of one name is an error.
    pub fn add(&mut self, name: String, value: Value) {
        match self.values.entry(name) {
            Entry::Vacant(free) => drop(free.insert(value)),
            Entry::Occupied(taken) => {
                let name = taken.key().clone();
                self.fail(&name, Fault::new("duplicate_field", "must be given once"));
            }
        }
    }

    /// Reads a field that must be there.
    pub fn required<T>(&mut self, name: &str, read: impl FnOnce(Value) -> Result<T, Fault>) -> Option<T> {
        match self.take(name) {
            Some(value) => read(value).map_err(|fault| self.fail(name, fault)).ok(),
            None => {
                self.fail(name, Fault::new("required", "must be given"));
                None
            }
        }
    }

    /// Reads a field that may be absent or null. The outer `None` says that it was wrong.
    pub fn optional<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(Value) -> Result<T, Fault>,
    ) -> Option<Option<T>> {
        match self.take(name) {
            Some(value) => read(value).map(Some).map_err(|fault| self.fail(name, fault)).ok(),
            None => Some(None),
        }
    }

    /// Reads all of `T`; whatever is left over then is unknown.
    pub fn into<T: FromFields>(mut self) -> Result<T, ApiError> {
        let read = T::read(&mut self);
        let unknown: Vec<String> = self.values.keys().cloned().collect();
        for name in unknown {
            self.fail(&name, Fault::new("unknown_field", "is not known here"));
        }
        match read {
            Some(read) if self.errors.is_empty() => Ok(read),
            _ => Err(ApiError::Validation(self.errors)),
        }
    }

    /// An explicit null is as good as absence.
    fn take(&mut self, name: &str) -> Option<Value> {
        self.values.remove(name).filter(|value| !value.is_null())
    }

    fn fail(&mut self, name: &str, fault: Fault) {
        if self.errors.len() < MOST_ERRORS {
            let mut field: String = name.chars().take(LONGEST_NAME).collect();
            if let Some(index) = fault.index {
                field.push_str(&format!("[{index}]"));
            }
            self.errors.push(FieldError { field, code: fault.code, message: fault.message });
        }
    }
}

/// Any text.
pub(super) fn text(value: Value) -> Result<String, Fault> {
    match value {
        Value::String(text) => Ok(text),
        _ => Err(Fault::wrong_type("a string")),
    }
}

/// Text that `T` understands; its error is the message.
pub(super) fn parsed<T>(value: Value) -> Result<T, Fault>
where
    T: FromStr<Err: Display>,
{
    text(value)?.parse().map_err(|error| Fault::new("invalid", error))
}

/// A whole number, as JSON has it or, in a query, in digits.
pub(super) fn whole_number(value: Value) -> Result<u32, Fault> {
    let number = match &value {
        Value::Number(number) => number.as_u64(),
        _ => None,
    };
    match number {
        Some(number) => u32::try_from(number).map_err(|_| Fault::new("out_of_range", "is too large")),
        None => Err(Fault::wrong_type("a whole number, not negative")),
    }
}

/// A list whose elements `read` understands.
pub(super) fn list<T>(
    read: impl Fn(Value) -> Result<T, Fault>,
) -> impl FnOnce(Value) -> Result<Vec<T>, Fault> {
    move |value| match value {
        Value::Array(values) => values
            .into_iter()
            .enumerate()
            .map(|(index, value)| read(value).map_err(|fault| fault.at(index)))
            .collect(),
        _ => Err(Fault::wrong_type("a list")),
    }
}
