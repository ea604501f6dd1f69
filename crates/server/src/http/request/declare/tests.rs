//! Tests with a body that uses every feature of `body!`: kinds, lists of objects, objects in objects, null with a
//! meaning, and rules between fields.

use linekeeper_model::phone::PhoneNumber;
use serde_json::{Value, json};

use super::*;
use crate::http::answer::error::ApiError;
use crate::http::request::fields::FromFields;
use crate::http::request::json;
use crate::http::request::kinds::kinds;
use crate::http::request::member::Patch;
use crate::http::request::value::{Chars, Within};

body! {
    /// A text.
    #[derive(Debug, PartialEq)]
    struct TextContent as "TextContent" {
        body: Chars<0, 5>,
        link_preview: Option<bool>,
    }
}

body! {
    #[derive(Debug, PartialEq)]
    struct Phone as "Phone" {
        number: PhoneNumber,
        label: Option<String>,
    }
}

body! {
    /// A person to save.
    #[derive(Debug, PartialEq)]
    struct Card as "Card" {
        name: String,
        phones: Vec<Phone>,
    }
}

kinds! {
    /// What is sent.
    #[derive(Debug, PartialEq)]
    enum Content by "type" {
        /// A text.
        Text(TextContent) = "text",
        /// Persons to save.
        Contacts(Vec<Card>) = "contacts",
    }
}

body! {
    /// A message to send.
    #[derive(Debug, PartialEq)]
    struct NewMessage as "NewMessage" {
        /// The recipient's number.
        #[example("+15551234567")]
        to: PhoneNumber,
        /// What is sent.
        content: Content,
        /// Null means the time that is set for the chat.
        ephemeral_seconds: Patch<Within<0, 100>>,
        send_at: Option<String>,
        expires_at: Option<String>,
    }
    rules |fields| {
        if matches!(send_at, Some(Some(_))) && matches!(expires_at, Some(None)) {
            fields.require("expiresAt");
        }
    }
}

fn read<T: FromFields>(text: &str) -> Result<T, Vec<String>> {
    match Fields::from(json::object(text.as_bytes()).unwrap()).into() {
        Ok(read) => Ok(read),
        Err(ApiError::Validation(errors)) => {
            Err(errors.iter().map(|error| format!("{}: {}", error.field, error.code)).collect())
        }
        Err(other) => panic!("{other:?}"),
    }
}

#[test]
fn a_valid_body_is_read() {
    let text = r#"{"to":"+15551234567","type":"text","text":{"body":"hello"},"ephemeralSeconds":null,"sendAt":null}"#;
    let message: NewMessage = read(text).unwrap();
    let content = Content::Text(TextContent { body: Chars("hello".to_owned()), link_preview: None });
    assert_eq!(message.content, content);
    assert_eq!(message.ephemeral_seconds, Patch::Clear);
    assert_eq!(message.send_at, None);
    let kept: NewMessage = read(r#"{"to":"+15551234567","type":"contacts","contacts":[]}"#).unwrap();
    assert_eq!(kept.ephemeral_seconds, Patch::Keep);
    assert_eq!(kept.content, Content::Contacts(Vec::new()));
}

#[test]
fn all_errors_of_a_body_are_reported_at_once_with_their_paths() {
    let text = r#"{
        "colour": 1, "sendAt": "now", "ephemeralSeconds": 101, "to": 7, "type": "contacts", "text": {},
        "contacts": [
            { "name": "a", "phones": [{ "number": "+15551234567", "label": "x", "label": "y" }] },
            7,
            { "phones": [{ "number": 2, "colour": 1 }, { "number": null }], "name": ["a"] }
        ]
    }"#;
    assert_eq!(
        read::<NewMessage>(text).unwrap_err(),
        [
            "contacts[0].phones[0].label: duplicate_field",
            "to: wrong_type",
            "contacts[1]: wrong_type",
            "contacts[2].name: wrong_type",
            "contacts[2].phones[0].number: wrong_type",
            "contacts[2].phones[0].colour: unknown_field",
            "contacts[2].phones[1].number: required",
            "ephemeralSeconds: out_of_range",
            "expiresAt: required",
            "text: unknown_field",
            "colour: unknown_field",
        ]
    );
}

#[test]
fn a_missing_or_unknown_message_type_does_not_hide_other_errors() {
    assert_eq!(read::<NewMessage>(r#"{"to":7}"#).unwrap_err(), ["to: wrong_type", "type: required"]);
    assert_eq!(
        read::<NewMessage>(r#"{"to":7,"type":"pigeon","text":{"body":1},"pigeon":{}}"#).unwrap_err(),
        ["to: wrong_type", "type: unsupported", "pigeon: unknown_field"]
    );
    assert_eq!(read::<NewMessage>(r#"{"to":"+15551234567","type":"text"}"#).unwrap_err(), ["text: required"]);
}

#[test]
fn the_schema_of_a_body_describes_its_fields() {
    let schema = NewMessage::describe();
    assert_eq!(schema["additionalProperties"], json!(false));
    assert_eq!(schema["required"], json!(["to", "type"]));
    assert_eq!(
        schema["properties"]["to"],
        json!({
            "type": "string", "pattern": r"^\+[1-9][0-9]{6,14}$", "description": "The recipient's number.",
            "example": "+15551234567",
        })
    );
    assert_eq!(schema["properties"]["type"]["enum"], json!(["text", "contacts"]));
    assert_eq!(
        schema["properties"]["ephemeralSeconds"],
        json!({
            "type": ["integer", "null"], "format": "int32", "minimum": 0, "maximum": 100,
            "description": "Null means the time that is set for the chat.",
        })
    );
    let mut inner = Schemas::new();
    NewMessage::add_inner_schemas(&mut inner);
    assert_eq!(inner.keys().copied().collect::<Vec<_>>(), ["Card", "Phone", "TextContent"]);
    assert_eq!(
        inner["Card"]["properties"]["phones"]["items"],
        json!({ "$ref": "#/components/schemas/Phone" })
    );
    assert_eq!(inner["TextContent"]["properties"]["body"]["maxLength"], Value::from(5));
}
