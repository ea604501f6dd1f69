//! The named fields of a body or a query. They are read one by one, and all errors are collected, so that a caller
//! learns of all mistakes at once. Messages never repeat a value, because it may be a secret.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use serde_json::Value;

use super::fault::{Faults, MOST};
use super::json::Parsed;
use crate::http::answer::error::{ApiError, FieldError};

pub(in crate::http) use super::fault::Fault;
pub(in crate::http) use super::value::{parsed, text};

/// The maximum number of characters of a field's name that an error repeats.
const LONGEST_NAME: usize = 64;

/// The fields of a request, and how they are read. `body!` implements this for bodies.
pub(in crate::http) trait FromFields: Sized {
    /// Maximum number of bytes of the body.
    const LIMIT: usize = super::body::LIMIT;

    /// Returns `None` only after an error was recorded in `fields`.
    fn read(fields: &mut Fields) -> Option<Self>;
}

/// The fields that have not been read yet, and the errors so far.
#[derive(Debug, Default)]
pub(in crate::http) struct Fields {
    values: BTreeMap<String, Value>,
    errors: Vec<FieldError>,
    /// The names that were read, in order. The errors are in the same order.
    asked: Vec<String>,
    /// The kind of the content, such as `text`, if `kinds!` has read one.
    kind: Option<&'static str>,
}

impl Fields {
    /// Adds a field as it was sent. A second field with the same name is an error.
    pub fn add(&mut self, name: String, value: Value) {
        match self.values.entry(name) {
            Entry::Vacant(free) => drop(free.insert(value)),
            Entry::Occupied(taken) => {
                let name = taken.key().clone();
                self.fail(&name, repeated());
            }
        }
    }

    /// Reads a required field.
    pub fn required<T, E: Into<Faults>>(
        &mut self,
        name: &str,
        read: impl FnOnce(Value) -> Result<T, E>,
    ) -> Option<T> {
        match self.take(name) {
            Some(value) => read(value).map_err(|faults| self.fail(name, faults)).ok(),
            None => {
                self.fail(name, missing());
                None
            }
        }
    }

    /// Reads a field that may be absent or null. An outer `None` means that it was invalid.
    pub fn optional<T, E: Into<Faults>>(
        &mut self,
        name: &str,
        read: impl FnOnce(Value) -> Result<T, E>,
    ) -> Option<Option<T>> {
        match self.take(name) {
            Some(value) => read(value).map(Some).map_err(|faults| self.fail(name, faults)).ok(),
            None => Some(None),
        }
    }

    /// Returns the kind of the content, such as `text`, if `kinds!` has read one.
    pub const fn kind(&self) -> Option<&'static str> {
        self.kind
    }

    pub(super) const fn set_kind(&mut self, kind: Option<&'static str>) {
        self.kind = kind;
    }

    /// Whether an unread field is present and null.
    pub fn is_null(&self, name: &str) -> bool {
        self.values.get(name).is_some_and(Value::is_null)
    }

    /// Whether an unread field is present and not null.
    pub fn has(&self, name: &str) -> bool {
        self.values.get(name).is_some_and(|value| !value.is_null())
    }

    /// Ignores an unread field.
    pub fn ignore(&mut self, name: &str) {
        self.values.remove(name);
    }

    /// Records that a field is required, because of other fields.
    pub fn require(&mut self, name: &str) {
        self.fail(name, missing());
    }

    /// Refuses a field that callers may not set, even if it is null.
    pub fn refuse(&mut self, name: &str, code: &'static str, rule: &str) {
        if self.values.remove(name).is_some() {
            self.fail(name, Fault::new(code, rule));
        }
    }

    /// All unread fields, to pass on unchanged.
    pub fn rest(&mut self) -> serde_json::Map<String, Value> {
        std::mem::take(&mut self.values).into_iter().collect()
    }

    /// Reads all of `T`. Fields that are left over are unknown, which is an error.
    pub fn into<T: FromFields>(self) -> Result<T, ApiError> {
        self.read_all().map_err(ApiError::Validation)
    }

    /// Reads an object inside a body.
    pub fn into_part<T: FromFields>(self) -> Result<T, Faults> {
        self.read_all().map_err(|errors| {
            let inside =
                |FieldError { field, code, message }| Fault { code, message, place: format!(".{field}") };
            Faults(errors.into_iter().map(inside).collect())
        })
    }

    fn read_all<T: FromFields>(mut self) -> Result<T, Vec<FieldError>> {
        let found_early = self.errors.len();
        let read = T::read(&mut self);
        let unknown: Vec<String> = self.values.keys().cloned().collect();
        for name in unknown {
            self.fail(&name, Fault::new("unknown_field", "is not known here"));
        }
        match read {
            Some(read) if self.errors.is_empty() => Ok(read),
            _ => Err(self.sorted_errors(found_early)),
        }
    }

    /// Sorts the errors: duplicate names first, then in the order of the fields, and unknown names last.
    fn sorted_errors(self, found_early: usize) -> Vec<FieldError> {
        let Self { mut errors, asked, .. } = self;
        let is_of = |error: &FieldError, name: &String| {
            let rest = error.field.strip_prefix(name.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        };
        errors[found_early..]
            .sort_by_key(|error| asked.iter().position(|name| is_of(error, name)).unwrap_or(asked.len()));
        errors
    }

    /// Takes the value of a field. An explicit null counts as absent.
    fn take(&mut self, name: &str) -> Option<Value> {
        if !self.asked.iter().any(|asked| asked == name) {
            self.asked.push(name.to_owned());
        }
        self.values.remove(name).filter(|value| !value.is_null())
    }

    /// Records an error of a field that was already read.
    pub fn fail(&mut self, name: &str, faults: impl Into<Faults>) {
        let name: String = name.chars().take(LONGEST_NAME).collect();
        for Fault { code, message, place } in faults.into().0 {
            if self.errors.len() < MOST {
                let place: String = place.chars().take(2 * LONGEST_NAME).collect();
                self.errors.push(FieldError { field: format!("{name}{place}"), code, message });
            }
        }
    }
}

impl From<Parsed> for Fields {
    fn from(parsed: Parsed) -> Self {
        let mut fields = Self { values: parsed.members.into_iter().collect(), ..Self::default() };
        for path in parsed.repeated {
            let top = path.find(['.', '[']).unwrap_or(path.len());
            let (name, place) = path.split_at(top);
            fields.fail(name, Fault { place: place.to_owned(), ..repeated() });
        }
        fields
    }
}

/// The members of an object inside a body. Duplicate names were found when the body was parsed.
impl From<serde_json::Map<String, Value>> for Fields {
    fn from(members: serde_json::Map<String, Value>) -> Self {
        Self { values: members.into_iter().collect(), ..Self::default() }
    }
}

fn missing() -> Fault {
    Fault::new("required", "must be given")
}

fn repeated() -> Fault {
    Fault::new("duplicate_field", "must be given once")
}
