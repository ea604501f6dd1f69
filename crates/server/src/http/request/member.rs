//! How a field is used in a body: required, optional, or a patch in which null has its own meaning.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::fields::Fields;
use super::value::FromValue;

/// Schemas by name, for the components of the document.
pub(in crate::http) type Schemas = BTreeMap<&'static str, Value>;

/// What the document says about a field besides its type.
pub(in crate::http) struct About {
    /// The lines of the field's documentation.
    pub lines: &'static [&'static str],
    pub example: Option<Value>,
}

/// A field of a body. The field is required, unless its type is `Option` or `Patch`.
pub(in crate::http) trait Member: Sized {
    /// Reads the field. Returns `None` only after an error was recorded in `fields`.
    fn take(fields: &mut Fields, name: &str) -> Option<Self>;

    /// Adds the field to the schema of its body.
    fn describe(body: &mut Value, name: &str, about: About);

    fn add_schemas(schemas: &mut Schemas);

    /// A schema that matches if the field changes something.
    fn schema_of_a_change(name: &str) -> Value;

    /// Whether the field changes something.
    fn is_given(&self) -> bool;
}

/// A field in which null has its own meaning: usually, it removes the present value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::http) enum Patch<T> {
    /// The field is absent.
    #[default]
    Keep,
    /// The field is null.
    Clear,
    Set(T),
}

impl<T> Patch<T> {
    /// Returns `None` to keep the present value, or `Some(None)` to remove it.
    pub fn into_change(self) -> Option<Option<T>> {
        match self {
            Self::Keep => None,
            Self::Clear => Some(None),
            Self::Set(value) => Some(Some(value)),
        }
    }
}

impl<T: FromValue> Member for T {
    fn take(fields: &mut Fields, name: &str) -> Option<Self> {
        fields.required(name, T::read)
    }

    fn describe(body: &mut Value, name: &str, about: About) {
        about.describe(body, name, T::schema());
    }

    fn add_schemas(schemas: &mut Schemas) {
        T::add_schemas(schemas);
    }

    fn schema_of_a_change(name: &str) -> Value {
        change_of::<T>(name)
    }

    fn is_given(&self) -> bool {
        !self.is_empty()
    }
}

impl<T: FromValue> Member for Option<T> {
    fn take(fields: &mut Fields, name: &str) -> Option<Self> {
        fields.optional(name, T::read)
    }

    fn describe(body: &mut Value, name: &str, about: About) {
        body["properties"][name] = or_null(about.of(T::schema()));
    }

    fn add_schemas(schemas: &mut Schemas) {
        T::add_schemas(schemas);
    }

    fn schema_of_a_change(name: &str) -> Value {
        change_of::<T>(name)
    }

    fn is_given(&self) -> bool {
        self.as_ref().is_some_and(|value| !value.is_empty())
    }
}

impl<T: FromValue> Member for Patch<T> {
    fn take(fields: &mut Fields, name: &str) -> Option<Self> {
        let is_null = fields.is_null(name);
        let given = fields.optional(name, T::read)?;
        Some(match given {
            Some(value) => Self::Set(value),
            None if is_null => Self::Clear,
            None => Self::Keep,
        })
    }

    fn describe(body: &mut Value, name: &str, about: About) {
        body["properties"][name] = or_null(about.of(T::schema()));
    }

    fn add_schemas(schemas: &mut Schemas) {
        T::add_schemas(schemas);
    }

    fn schema_of_a_change(name: &str) -> Value {
        json!({ "required": [name] })
    }

    fn is_given(&self) -> bool {
        !matches!(self, Self::Keep)
    }
}

/// A schema that matches if the field is present and changes something.
fn change_of<T: FromValue>(name: &str) -> Value {
    json!({ "required": [name], "properties": { name: T::schema_of_a_change() } })
}

impl About {
    /// Adds a required field to the schema of its body.
    pub fn describe(self, body: &mut Value, name: &str, schema: Value) {
        body["properties"][name] = self.of(schema);
        match body["required"].as_array_mut() {
            Some(required) => required.push(json!(name)),
            None => body["required"] = json!([name]),
        }
    }

    /// Adds the documentation and the example of the field to `schema`.
    fn of(self, mut schema: Value) -> Value {
        if !self.lines.is_empty() {
            schema["description"] = json!(lines(self.lines));
        }
        if let Some(example) = self.example {
            schema["example"] = example;
        }
        schema
    }
}

/// The text of a documentation comment.
pub(in crate::http) fn lines(lines: &[&str]) -> String {
    lines.iter().map(|line| line.trim()).collect::<Vec<_>>().join("\n").trim().to_owned()
}

/// Makes a required field of `body` optional.
pub(in crate::http) fn make_optional(body: &mut Value, name: &str) {
    if let Some(required) = body["required"].as_array_mut() {
        required.retain(|required| required != name);
    }
    body["properties"][name] = or_null(body["properties"][name].take());
}

/// Allows null in addition to what `schema` allows.
fn or_null(mut schema: Value) -> Value {
    // If a schema has one `type` and no `oneOf`, null is added to its `type`. For any other schema, this would not be
    // enough, so null becomes an alternative to the whole schema.
    let kind = schema.get("type").filter(|kind| kind.is_string() && schema.get("oneOf").is_none());
    let Some(kind) = kind.cloned() else {
        return json!({ "oneOf": [schema, { "type": "null" }] });
    };
    schema["type"] = json!([kind, "null"]);
    if let Some(values) = schema.get_mut("enum").and_then(Value::as_array_mut) {
        values.push(Value::Null);
    }
    schema
}
