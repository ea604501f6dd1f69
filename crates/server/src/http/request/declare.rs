//! `body!` declares a request body once: the struct, how it is read from JSON, and its schema in the OpenAPI
//! document. The types of the fields define their own limits (`FromValue`) and whether they are required (`Member`).

use serde_json::{Value, json};
use utoipa::openapi::RefOr;
use utoipa::openapi::extensions::Extensions;
use utoipa::openapi::schema::{ObjectBuilder, Schema};

use super::fault::Fault;
use super::fields::Fields;
use super::member::Schemas;

/// The extension that carries a complete JSON Schema through utoipa, whose own types cannot express all of JSON
/// Schema.
pub(in crate::http) const WHOLE: &str = "x-whole";

/// The extension with the size limit of a body that may be larger than others.
pub(in crate::http) const MOST_BYTES: &str = "x-maxBytes";

/// A body that `body!` declared.
pub(in crate::http) trait Declared {
    /// The type's name in the document.
    const NAME: &'static str;
    /// The kind of the body: `change` if the body must give at least one field, `part` for an object inside such a
    /// body, and an empty text for all other bodies.
    const KIND: &'static str;

    fn describe() -> Value;

    /// One schema for each field. It matches if the field changes something.
    fn changes() -> Value;

    /// The names of the given fields, for a body that changes something.
    fn given(&self) -> Vec<&'static str>;

    /// Adds the schemas of the bodies inside this body.
    fn add_inner_schemas(schemas: &mut Schemas);
}

/// The schema of a body in the form that passes through utoipa. `document::bodies` unpacks it.
pub(in crate::http) fn carried(schema: Value) -> RefOr<Schema> {
    let whole = Extensions::from_iter([(WHOLE, schema)]);
    RefOr::T(Schema::Object(ObjectBuilder::new().extensions(Some(whole)).build()))
}

/// All schemas that the body `T` needs besides its own.
pub(in crate::http) fn inner_schemas<T: Declared>() -> Vec<(String, RefOr<Schema>)> {
    let mut schemas = Schemas::new();
    T::add_inner_schemas(&mut schemas);
    schemas.into_iter().map(|(name, schema)| (name.to_owned(), carried(schema))).collect()
}

/// Adds the schema of the body `T`, and those of the bodies inside.
pub(in crate::http) fn add_schemas_of<T: Declared>(schemas: &mut Schemas) {
    if schemas.insert(T::NAME, T::describe()).is_none() {
        T::add_inner_schemas(schemas);
    }
}

/// A schema for an object inside a body. An object matches this schema if the object changes something.
pub(in crate::http) fn schema_of_a_change_of<T: Declared>() -> Value {
    match T::KIND {
        "" => json!({ "type": "object" }),
        _ => {
            let mut changes = T::changes();
            // If null may remove a member, the schema of its change has only `required` and no `properties`. Linters
            // expect that `properties` has each name of `required`. So the name is added to `properties`, without a
            // type.
            for change in changes.as_array_mut().into_iter().flatten() {
                let name = change["required"][0].as_str().map(str::to_owned);
                if let (None, Some(name)) = (change.get("properties"), name) {
                    change["properties"] = json!({ name: {} });
                }
            }
            json!({ "type": "object", "anyOf": changes })
        }
    }
}

/// Reads the members of an object inside a body.
pub(in crate::http) fn members(value: Value) -> Result<Fields, Fault> {
    match value {
        Value::Object(members) => Ok(members.into()),
        _ => Err(Fault::wrong_type("an object")),
    }
}

/// Says in the schema that exactly one of these fields must be given. A field that is null counts as absent.
pub(in crate::http) fn one_of(body: &mut Value, fields: &[&str]) {
    let one = |field: &&str| json!({ "required": [field], "properties": { *field: { "not": { "type": "null" } } } });
    body["oneOf"] = fields.iter().map(one).collect();
}

/// The schema of an object. It has no members yet: the caller adds them.
pub(in crate::http) fn object(about: &[&str]) -> Value {
    json!({
        "type": "object",
        "description": super::member::lines(about),
        "properties": {},
        "additionalProperties": false,
    })
}

/// The number of characters of `snake` in camelCase.
pub(in crate::http) const fn camel_length(snake: &str) -> usize {
    let bytes = snake.as_bytes();
    let mut from = raw_prefix(bytes);
    let mut length = 0;
    while from < bytes.len() {
        if bytes[from] != b'_' {
            length += 1;
        }
        from += 1;
    }
    length
}

/// The characters of `snake` in camelCase, without the `r#` of a raw identifier.
pub(in crate::http) const fn camel<const LENGTH: usize>(snake: &str) -> [u8; LENGTH] {
    let bytes = snake.as_bytes();
    let mut camel = [0; LENGTH];
    let (mut from, mut to) = (raw_prefix(bytes), 0);
    while from < bytes.len() {
        if bytes[from] == b'_' {
            from += 1;
            camel[to] = bytes[from].to_ascii_uppercase();
        } else {
            camel[to] = bytes[from];
        }
        from += 1;
        to += 1;
    }
    camel
}

const fn raw_prefix(bytes: &[u8]) -> usize {
    if bytes.len() > 2 && bytes[0] == b'r' && bytes[1] == b'#' { 2 } else { 0 }
}

/// The name that a field has in JSON.
macro_rules! name_in_json {
    ($field:ident) => {{
        const LENGTH: usize = $crate::http::request::declare::camel_length(stringify!($field));
        const BYTES: [u8; LENGTH] = $crate::http::request::declare::camel(stringify!($field));
        const NAME: &str = match std::str::from_utf8(&BYTES) {
            Ok(name) => name,
            Err(_) => panic!("identifiers are ASCII"),
        };
        NAME
    }};
}

/// Declares a body.
///
/// ```ignore
/// body! {
///     /// Which account is to be connected.
///     pub(in crate::http) struct Body as "Connect" {
///         /// What people call the account.
///         #[example("Shop")]
///         pub display_name: DisplayName,
///         /// The proxy. Null removes it.
///         pub proxy: Patch<ProxyUrl>,
///     }
///     // Optional: the maximum number of bytes, if it is not 64 KiB.
///     limit 512 * 1024;
///     // Optional. A field is `None` if it was wrong.
///     rules |fields| {
///         if method == Some(Some(Method::PairingCode)) && phone_number == Some(None) {
///             fields.require("phoneNumber");
///         }
///     }
///     // Optional: additions to the schema that do not belong to one field.
///     schema |body| { body["minProperties"] = json!(1) }
/// }
/// ```
///
/// `as "AccountChange" (change)` declares a body that must give at least one field. The route calls `given()` to
/// learn which ones. `(part)` declares an object inside such a body. The object counts as given if one of its own
/// fields is given.
macro_rules! body {
    (
        $(#[doc = $about:literal])*
        $(#[derive($($derived:ident),+)])?
        $vis:vis struct $name:ident as $shown:literal $(($kind:ident))? {
            $(
                $(#[doc = $doc:literal])*
                $(#[example($($example:tt)+)])?
                $field_vis:vis $field:ident : $type:ty
            ),* $(,)?
        }
        $(limit $limit:expr;)?
        $(rules |$fields:ident| $rules:block)?
        $(schema |$schema:ident| $more:block)?
    ) => {
        $(#[doc = $about])*
        $(#[derive($($derived),+)])?
        $vis struct $name {
            $($(#[doc = $doc])* $field_vis $field: $type,)*
        }

        impl $crate::http::request::fields::FromFields for $name {
            $(const LIMIT: usize = $limit;)?

            fn read(all: &mut $crate::http::request::fields::Fields) -> Option<Self> {
                $(
                    let $field = <$type as $crate::http::request::member::Member>::take(
                        all,
                        $crate::http::request::declare::name_in_json!($field),
                    );
                )*
                $({
                    let $fields = &mut *all;
                    $rules
                })?
                Some(Self { $($field: $field?,)* })
            }
        }

        impl $crate::http::request::declare::Declared for $name {
            const NAME: &'static str = $shown;
            const KIND: &'static str = concat!($(stringify!($kind))?);

            fn describe() -> serde_json::Value {
                let mut body = $crate::http::request::declare::object(&[$($about),*]);
                $(
                    <$type as $crate::http::request::member::Member>::describe(
                        &mut body,
                        $crate::http::request::declare::name_in_json!($field),
                        $crate::http::request::member::About {
                            lines: &[$($doc),*],
                            example: Vec::<serde_json::Value>::from([$(serde_json::json!($($example)+))?]).pop(),
                        },
                    );
                )*
                $(body[$crate::http::request::declare::MOST_BYTES] = serde_json::json!($limit);)?
                if Self::KIND == "change" {
                    body["anyOf"] = Self::changes();
                }
                $({
                    let $schema = &mut body;
                    $more
                })?
                body
            }

            fn changes() -> serde_json::Value {
                serde_json::Value::Array(vec![$(
                    <$type as $crate::http::request::member::Member>::schema_of_a_change(
                        $crate::http::request::declare::name_in_json!($field),
                    ),
                )*])
            }

            fn given(&self) -> Vec<&'static str> {
                let fields = [$((
                    $crate::http::request::declare::name_in_json!($field),
                    $crate::http::request::member::Member::is_given(&self.$field),
                ),)*];
                fields.into_iter().filter_map(|(name, given)| given.then_some(name)).collect()
            }

            fn add_inner_schemas(schemas: &mut $crate::http::request::member::Schemas) {
                $(<$type as $crate::http::request::member::Member>::add_schemas(schemas);)*
            }
        }

        impl $crate::http::request::value::FromValue for $name {
            fn read(value: serde_json::Value) -> Result<Self, $crate::http::request::fault::Faults> {
                $crate::http::request::declare::members(value)?.into_part()
            }

            fn schema() -> serde_json::Value {
                serde_json::json!({ "$ref": concat!("#/components/schemas/", $shown) })
            }

            fn add_schemas(schemas: &mut $crate::http::request::member::Schemas) {
                $crate::http::request::declare::add_schemas_of::<Self>(schemas);
            }

            fn schema_of_a_change() -> serde_json::Value {
                $crate::http::request::declare::schema_of_a_change_of::<Self>()
            }

            fn is_empty(&self) -> bool {
                use $crate::http::request::declare::Declared as _;
                !Self::KIND.is_empty() && self.given().is_empty()
            }
        }

        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                $crate::http::request::declare::carried(
                    <Self as $crate::http::request::declare::Declared>::describe(),
                )
            }
        }

        impl utoipa::ToSchema for $name {
            fn name() -> std::borrow::Cow<'static, str> {
                $shown.into()
            }

            fn schemas(schemas: &mut Vec<(String, utoipa::openapi::RefOr<utoipa::openapi::Schema>)>) {
                schemas.extend($crate::http::request::declare::inner_schemas::<Self>());
            }
        }
    };
}

pub(in crate::http) use {body, name_in_json};

#[cfg(test)]
mod tests;
