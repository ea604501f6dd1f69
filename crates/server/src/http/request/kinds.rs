//! `kinds!` declares the part of a body whose form depends on another field of the same body.

use serde_json::{Value, json};

use super::fault::Fault;
use super::fields::Fields;
use super::member::{About, lines};
use super::value::text;

/// Reads the field `tag`, which names one of `kinds`. If the body also has an object of another kind, that object is
/// refused, and the error names it. If `tag` names no known kind, the objects of all kinds are ignored, because the
/// server cannot know which kind the caller means.
pub(in crate::http) fn kind(fields: &mut Fields, tag: &str, kinds: &[&'static str]) -> Option<&'static str> {
    let named = fields.required(tag, |value| {
        let named = text(value)?;
        let known = kinds.iter().find(|kind| **kind == named).copied();
        known.ok_or_else(|| Fault::unsupported(format!("must be one of: {}", kinds.join(", "))))
    });
    fields.set_kind(named);
    for other in kinds.iter().filter(|kind| Some(**kind) != named) {
        if let Some(named) = named
            && fields.has(other)
        {
            fields.fail(other, Fault::new("unknown_field", format!("does not belong to `{tag}` `{named}`")));
        }
        fields.ignore(other);
    }
    named
}

/// Adds two things to the schema of a body: the field that names the kind, and the rule that the object of that kind is
/// required.
pub(in crate::http) fn describe_kinds(body: &mut Value, tag: &str, about: &About, kinds: &[&str]) {
    body["properties"][tag] = json!({ "type": "string", "enum": kinds, "description": lines(about.lines) });
    match body["required"].as_array_mut() {
        Some(required) => required.push(json!(tag)),
        None => body["required"] = json!([tag]),
    }
    let one = |kind: &str| {
        json!({
            "required": [kind],
            "properties": { tag: { "const": kind }, kind: { "not": { "type": "null" } } },
        })
    };
    body["oneOf"] = kinds.iter().copied().map(one).collect();
}

/// Declares a part of a body that has several kinds. One field of the body names the kind, and another one has the
/// content: `"type": "text"` comes with an object `text`. Use the declared type for a field of `body!`; the name
/// of that field is not used.
///
/// ```ignore
/// kinds! {
///     /// What is sent.
///     pub(in crate::http) enum Content by "type" {
///         /// A text.
///         Text(TextContent) = "text",
///         /// Persons to save.
///         Contacts(Vec<Card>) = "contacts",
///     }
/// }
/// ```
macro_rules! kinds {
    (
        $(#[doc = $about:literal])*
        $(#[derive($($derived:ident),+)])?
        $vis:vis enum $name:ident by $tag:literal {
            $(
                $(#[doc = $doc:literal])*
                $variant:ident($type:ty) = $kind:literal
            ),+ $(,)?
        }
    ) => {
        $(#[doc = $about])*
        $(#[derive($($derived),+)])?
        $vis enum $name {
            $($(#[doc = $doc])* $variant($type),)+
        }

        impl $crate::http::request::member::Member for $name {
            fn take(fields: &mut $crate::http::request::fields::Fields, _: &str) -> Option<Self> {
                const KINDS: &[&str] = &[$($kind),+];
                let named = $crate::http::request::kinds::kind(fields, $tag, KINDS)?;
                $(
                    if named == $kind {
                        return <$type as $crate::http::request::member::Member>::take(fields, $kind)
                            .map(Self::$variant);
                    }
                )+
                None
            }

            fn describe(
                body: &mut serde_json::Value,
                _: &str,
                about: $crate::http::request::member::About,
            ) {
                $crate::http::request::kinds::describe_kinds(body, $tag, &about, &[$($kind),+]);
                $(
                    <$type as $crate::http::request::member::Member>::describe(
                        body,
                        $kind,
                        $crate::http::request::member::About { lines: &[$($doc),*], example: None },
                    );
                    $crate::http::request::member::make_optional(body, $kind);
                )+
            }

            fn add_schemas(schemas: &mut $crate::http::request::member::Schemas) {
                $(<$type as $crate::http::request::member::Member>::add_schemas(schemas);)+
            }

            fn schema_of_a_change(_: &str) -> serde_json::Value {
                serde_json::json!({ "required": [$tag] })
            }

            fn is_given(&self) -> bool {
                true
            }
        }
    };
}

pub(in crate::http) use kinds;
