//! Types for values in bodies. Each type defines how it is read from JSON and how the OpenAPI document describes it,
//! so that a limit is written once, on the type. Types of the model are in `model_values`.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::FromStr;

use linekeeper_model::name::InvalidName;
use linekeeper_model::secret::Secret;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use uuid::Uuid;

use super::fault::{Fault, Faults};
use super::member::Schemas;

/// The type of a value in a body. Null is not a value: `Member` defines what null means.
pub(in crate::http) trait FromValue: Sized {
    fn read(value: Value) -> Result<Self, Faults>;

    /// The JSON Schema of what `read` accepts.
    fn schema() -> Value;

    /// Adds the schemas that `schema` refers to by name.
    fn add_schemas(_: &mut Schemas) {}

    /// A schema that matches if the value changes something. Bodies that must give at least one field use it.
    fn schema_of_a_change() -> Value {
        json!({ "type": Self::schema()["type"] })
    }

    /// Whether this value changes nothing.
    fn is_empty(&self) -> bool {
        false
    }
}

/// Any text.
pub(in crate::http) fn text(value: Value) -> Result<String, Fault> {
    match value {
        Value::String(text) => Ok(text),
        _ => Err(Fault::wrong_type("a string")),
    }
}

/// Reads a value of an enumeration of the model from its JSON form. `rule` is the error message.
pub(in crate::http) fn word<T: DeserializeOwned>(value: Value, rule: &str) -> Result<T, Fault> {
    text(value.clone())?;
    serde_json::from_value(value).map_err(|_| Fault::new("invalid", rule))
}

/// Text that `T` can parse. If it cannot, the error of `T` becomes the message.
pub(in crate::http) fn parsed<T>(value: Value) -> Result<T, Fault>
where
    T: FromStr<Err: Display>,
{
    text(value)?.parse().map_err(|error| Fault::new("invalid", error))
}

/// A name that `T` accepts.
pub(in crate::http) fn name<T>(value: Value) -> Result<T, Fault>
where
    T: FromStr<Err = InvalidName>,
{
    Ok(text(value)?.parse::<T>()?)
}

/// A whole number, even if it is written as `7.0`: in JSON, that is the same number.
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
    // Up to this number, a float represents every whole number exactly.
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

/// A list whose elements are read with `read`. Every invalid element is reported.
pub(in crate::http) fn list<T, E: Into<Faults>>(
    value: Value,
    read: impl Fn(Value) -> Result<T, E>,
) -> Result<Vec<T>, Faults> {
    let Value::Array(values) = value else { return Err(Fault::wrong_type("a list").into()) };
    let mut faults = Faults::default();
    let mut elements = Vec::with_capacity(values.len());
    for (index, value) in values.into_iter().enumerate() {
        match read(value) {
            Ok(element) => elements.push(element),
            Err(inside) => faults.add(&format!("[{index}]"), inside),
        }
    }
    if faults.is_empty() { Ok(elements) } else { Err(faults) }
}

/// A list that limits something, such as the accounts of an API key. An empty list could mean all or none, so it
/// is refused.
pub(in crate::http) fn some_of<T>(list: Vec<T>, most: usize, thing: &str) -> Result<Vec<T>, Fault> {
    match list.len() {
        0 => Err(Fault::new("too_short", format!("must name at least one {thing}"))),
        some if some > most => Err(Fault::new("too_long", format!("must name at most {most} {thing}s"))),
        _ => Ok(list),
    }
}

impl FromValue for String {
    fn read(value: Value) -> Result<Self, Faults> {
        Ok(text(value)?)
    }

    fn schema() -> Value {
        json!({ "type": "string" })
    }
}

impl FromValue for Secret<String> {
    fn read(value: Value) -> Result<Self, Faults> {
        Ok(Self::new(text(value)?))
    }

    fn schema() -> Value {
        json!({ "type": "string" })
    }
}

impl FromValue for bool {
    fn read(value: Value) -> Result<Self, Faults> {
        Ok(value.as_bool().ok_or_else(|| Fault::wrong_type("true or false"))?)
    }

    fn schema() -> Value {
        json!({ "type": "boolean" })
    }
}

impl FromValue for u32 {
    fn read(value: Value) -> Result<Self, Faults> {
        Ok(whole_number(value)?)
    }

    fn schema() -> Value {
        json!({ "type": "integer", "format": "int32", "minimum": 0 })
    }
}

impl FromValue for Uuid {
    fn read(value: Value) -> Result<Self, Faults> {
        Ok(parsed(value)?)
    }

    fn schema() -> Value {
        json!({ "type": "string", "format": "uuid" })
    }
}

impl<T: FromValue> FromValue for Vec<T> {
    fn read(value: Value) -> Result<Self, Faults> {
        list(value, T::read)
    }

    fn schema() -> Value {
        json!({ "type": "array", "items": T::schema() })
    }

    fn add_schemas(schemas: &mut Schemas) {
        T::add_schemas(schemas);
    }
}

/// A whole number from `LEAST` to `MOST`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::http) struct Within<const LEAST: u32, const MOST: u32>(pub u32);

impl<const LEAST: u32, const MOST: u32> FromValue for Within<LEAST, MOST> {
    fn read(value: Value) -> Result<Self, Faults> {
        match whole_number(value) {
            Ok(number) if (LEAST..=MOST).contains(&number) => Ok(Self(number)),
            Err(fault) if fault.code == "wrong_type" => Err(fault.into()),
            _ => {
                let rule = format!("must be a whole number from {LEAST} to {MOST}");
                Err(Fault::new("out_of_range", rule).into())
            }
        }
    }

    fn schema() -> Value {
        json!({ "type": "integer", "format": "int32", "minimum": LEAST, "maximum": MOST })
    }
}

/// A text of `LEAST` to `MOST` characters, where `LEAST` is 0 or 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::http) struct Chars<const LEAST: usize, const MOST: usize>(pub String);

impl<const LEAST: usize, const MOST: usize> FromValue for Chars<LEAST, MOST> {
    fn read(value: Value) -> Result<Self, Faults> {
        let text = text(value)?;
        match text.chars().count() {
            length if length < LEAST => Err(Fault::new("too_short", "must not be empty").into()),
            length if length > MOST => {
                Err(Fault::new("too_long", format!("must have at most {MOST} characters")).into())
            }
            _ => Ok(Self(text)),
        }
    }

    fn schema() -> Value {
        match LEAST {
            0 => json!({ "type": "string", "maxLength": MOST }),
            _ => json!({ "type": "string", "minLength": LEAST, "maxLength": MOST }),
        }
    }
}

/// A list of `LEAST` to `MOST` elements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::http) struct List<T, const LEAST: usize, const MOST: usize>(pub Vec<T>);

impl<T: FromValue, const LEAST: usize, const MOST: usize> FromValue for List<T, LEAST, MOST> {
    fn read(value: Value) -> Result<Self, Faults> {
        match &value {
            // The length is checked before the elements are read, so that a list that is far too long costs little
            // time.
            Value::Array(elements) if !(LEAST..=MOST).contains(&elements.len()) => {
                let rule = match LEAST {
                    0 => format!("must have at most {MOST} elements"),
                    _ => format!("must have {LEAST} to {MOST} elements"),
                };
                Err(Fault::new("out_of_range", rule).into())
            }
            _ => list(value, T::read).map(Self),
        }
    }

    fn schema() -> Value {
        let mut schema = json!({ "type": "array", "items": T::schema(), "maxItems": MOST });
        if LEAST > 0 {
            schema["minItems"] = json!(LEAST);
        }
        schema
    }

    fn add_schemas(schemas: &mut Schemas) {
        T::add_schemas(schemas);
    }
}
