//! Reads the named fields of a body or a query and collects everything that is wrong with them, so that a
//! caller learns of all mistakes at once. Messages never repeat a value: it may be a secret.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt::Display;
use std::str::FromStr;

use serde_json::Value;

use crate::http::answer::error::{ApiError, FieldError};

/// Most errors that one answer lists.
const MOST_ERRORS: usize = 50;
/// Most characters of an unknown field's name that are repeated.
const LONGEST_NAME: usize = 64;

/// Why one value is not acceptable.
#[derive(Debug)]
pub(in crate::http) struct Fault {
    code: &'static str,
    message: String,
    /// Where inside the value, as it follows the field's name: `[1]`. Empty for the whole of it.
    place: String,
}

impl Fault {
    pub fn new(code: &'static str, message: impl Display) -> Self {
        Self { code, message: message.to_string(), place: String::new() }
    }

    pub fn unsupported(message: impl Display) -> Self {
        Self::new("unsupported", message)
    }

    fn wrong_type(expected: &str) -> Self {
        Self::new("wrong_type", format!("must be {expected}"))
    }

    fn at(self, index: usize) -> Self {
        Self { place: format!("[{index}]{}", self.place), ..self }
    }
}

/// A request's shape: knows its fields and reads them.
pub(in crate::http) trait FromFields: Sized {
    /// `None` only after an error was recorded in `fields`.
    fn read(fields: &mut Fields) -> Option<Self>;
}

/// The fields that have not been read yet, and what was wrong with those that have.
#[derive(Debug, Default)]
pub(in crate::http) struct Fields {
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

    /// Reads a field for which null is a value of its own. The outer `None` says that it was wrong, the next one
    /// that it is absent, the innermost that it is null.
    pub fn nullable<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(Value) -> Result<T, Fault>,
    ) -> Option<Option<Option<T>>> {
        match self.values.get(name) {
            Some(Value::Null) => {
                self.values.remove(name);
                Some(Some(None))
            }
            _ => self.optional(name, read).map(|value| value.map(Some)),
        }
    }

    /// Reads a field that has fields of its own, and may be absent or null. What is wrong with them is named
    /// `device.name`.
    pub fn nested<T: FromFields>(&mut self, name: &str) -> Option<Option<T>> {
        let members = self.optional(name, |value| match value {
            Value::Object(members) => Ok(members),
            _ => Err(Fault::wrong_type("an object")),
        })?;
        let Some(members) = members else { return Some(None) };
        let inside = Self { values: members.into_iter().collect(), errors: Vec::new() };
        match inside.read_all() {
            Ok(read) => Some(Some(read)),
            Err(errors) => {
                for FieldError { field, code, message } in errors {
                    self.add_error(FieldError { field: format!("{name}.{field}"), code, message });
                }
                None
            }
        }
    }

    /// All fields that are left, for what is passed on as it came.
    pub fn rest(&mut self) -> serde_json::Map<String, Value> {
        std::mem::take(&mut self.values).into_iter().collect()
    }

    /// Reads all of `T`; whatever is left over then is unknown.
    pub fn into<T: FromFields>(self) -> Result<T, ApiError> {
        self.read_all().map_err(ApiError::Validation)
    }

    fn read_all<T: FromFields>(mut self) -> Result<T, Vec<FieldError>> {
        let read = T::read(&mut self);
        let unknown: Vec<String> = self.values.keys().cloned().collect();
        for name in unknown {
            self.fail(&name, Fault::new("unknown_field", "is not known here"));
        }
        match read {
            Some(read) if self.errors.is_empty() => Ok(read),
            _ => Err(self.errors),
        }
    }

    /// An explicit null is as good as absence.
    fn take(&mut self, name: &str) -> Option<Value> {
        self.values.remove(name).filter(|value| !value.is_null())
    }

    /// Records what is wrong with a field after it was read.
    pub fn fail(&mut self, name: &str, fault: Fault) {
        let name: String = name.chars().take(LONGEST_NAME).collect();
        self.add_error(FieldError { field: name + &fault.place, code: fault.code, message: fault.message });
    }

    fn add_error(&mut self, error: FieldError) {
        if self.errors.len() < MOST_ERRORS {
            self.errors.push(error);
        }
    }
}

/// Any text.
pub(in crate::http) fn text(value: Value) -> Result<String, Fault> {
    match value {
        Value::String(text) => Ok(text),
        _ => Err(Fault::wrong_type("a string")),
    }
}

/// Text that `T` understands; its error is the message.
pub(in crate::http) fn parsed<T>(value: Value) -> Result<T, Fault>
where
    T: FromStr<Err: Display>,
{
    text(value)?.parse().map_err(|error| Fault::new("invalid", error))
}

/// True or false.
pub(in crate::http) fn boolean(value: Value) -> Result<bool, Fault> {
    value.as_bool().ok_or_else(|| Fault::wrong_type("true or false"))
}

/// A whole number, also where it is written as `7.0`: to JSON that is the same number.
pub(in crate::http) fn whole_number(value: Value) -> Result<u32, Fault> {
    let number = match &value {
        Value::Number(number) => number.as_u64().or_else(|| without_fraction(number.as_f64()?)),
        _ => None,
    };
    match number {
        Some(number) => u32::try_from(number).map_err(|_| Fault::new("out_of_range", "is too large")),
        None => Err(Fault::wrong_type("a whole number, not negative")),
    }
}

fn without_fraction(number: f64) -> Option<u64> {
    // Up to where every whole number is one of these.
    const GREATEST: f64 = (1_u64 << f64::MANTISSA_DIGITS) as f64;
    (number.fract() == 0.0 && (0.0..=GREATEST).contains(&number)).then_some(number as u64)
}

/// An object whose members are all text.
pub(in crate::http) fn texts_by_name(value: Value) -> Result<BTreeMap<String, String>, Fault> {
    let wrong = || Fault::wrong_type("an object whose values are strings");
    match value {
        Value::Object(members) => {
            let read = |(name, value)| Ok((name, text(value).map_err(|_| wrong())?));
            members.into_iter().map(read).collect()
        }
        _ => Err(wrong()),
    }
}

/// A list whose elements `read` understands.
pub(in crate::http) fn list<T>(
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
