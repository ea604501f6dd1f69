//! What bodies may hold beyond what types can say: no unknown fields, null for what may be absent, bounds inside lists, and
//! fields that depend on each other.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::walk;
use crate::credentials::api_key::{MOST_ACCOUNTS, MOST_NETWORKS};

/// Bodies that are passed on as they came, with whatever else is in them.
const OPEN: [&str; 2] = ["PasskeyAssertion", "PasskeyResponse"];

/// Operations that take no body as well.
const OPTIONAL: [&str; 2] = ["createPairingLink", "requestPairingCode"];

/// Text without control characters.
const PLAIN: &str = r"^[^\u0000-\u001f\u007f-\u009f]*$";

/// The same, with something in it besides spaces.
const NAME: &str =
    r"^[^\u0000-\u001f\u007f-\u009f]*[^\s\u0000-\u001f\u007f-\u009f][^\u0000-\u001f\u007f-\u009f]*$";

/// Says of every body what the server takes and refuses.
pub(super) fn complete(document: &mut Value) {
    let mut names = BTreeSet::new();
    for item in document["paths"].as_object().into_iter().flatten().map(|(_, item)| item) {
        for operation in item.as_object().into_iter().flatten().map(|(_, operation)| operation) {
            walk::names_in(document, &operation["requestBody"], &mut names);
        }
    }
    for name in names.iter().filter(|name| !OPEN.contains(&name.as_str())) {
        let schema = &mut document["components"]["schemas"][name];
        if schema["type"] != "object" {
            continue;
        }
        if schema.get("additionalProperties").is_none() {
            schema["additionalProperties"] = json!(false);
        }
        let required: Vec<Value> = walk::list(&schema["required"]).cloned().collect();
        for (field, described) in schema["properties"].as_object_mut().into_iter().flatten() {
            if !required.iter().any(|required| required == field) {
                allow_null(described);
            }
            match field.as_str() {
                "proxy" => described["format"] = json!("uri"),
                "scopes" => described["minItems"] = json!(1),
                "accounts" => bound_accounts(described),
                "networks" => bound_networks(described),
                "tags" => bound_tags(described),
                "metadata" => bound_metadata(described),
                _ => {}
            }
        }
    }
    walk::operations(document, |_, operation| {
        if OPTIONAL.iter().any(|optional| operation["operationId"] == *optional) {
            operation["requestBody"]["required"] = json!(false);
        }
    });
    let schemas = &mut document["components"]["schemas"];
    depend(&mut schemas["Connect"]);
    change_something(&mut schemas["AccountChange"]);
    change_something_of_key(&mut schemas["ApiKeyChange"]);
    schemas["MemberChange"]["anyOf"] = json!([given_as("role", "string"), given_as("notify", "boolean")]);
    schemas["WorkspaceChange"]["anyOf"] = json!([
        given_as("name", "string"),
        given_as("timeZone", "string"),
        // Null removes it.
        { "required": ["externalId"] },
    ]);
}

/// An explicit null is as good as absence.
fn allow_null(field: &mut Value) {
    if let Some(kind) = field.get("type").filter(|kind| kind.is_string()).cloned() {
        field["type"] = json!([kind, "null"]);
    }
    let values = field.get_mut("enum").and_then(Value::as_array_mut);
    if let Some(values) = values.filter(|values| !values.contains(&Value::Null)) {
        values.push(Value::Null);
    }
}

/// As `linekeeper_model::account::Tags` has it.
fn bound_tags(tags: &mut Value) {
    tags["maxItems"] = json!(20);
    tags["items"] = json!({ "type": "string", "maxLength": 40, "pattern": NAME });
}

/// Each once.
fn bound_accounts(accounts: &mut Value) {
    accounts["minItems"] = json!(1);
    accounts["maxItems"] = json!(MOST_ACCOUNTS);
    accounts["uniqueItems"] = json!(true);
}

/// Addresses with or without a prefix.
fn bound_networks(networks: &mut Value) {
    networks["minItems"] = json!(1);
    networks["maxItems"] = json!(MOST_NETWORKS);
}

/// As `linekeeper_model::account::Metadata` has it.
fn bound_metadata(metadata: &mut Value) {
    metadata["maxProperties"] = json!(30);
    metadata["propertyNames"] = json!({ "type": "string", "pattern": "^[A-Za-z0-9._-]{1,40}$" });
    metadata["additionalProperties"] = json!({ "type": "string", "maxLength": 500, "pattern": PLAIN });
}

/// An object in which `name` is there, and is of that type.
fn given_as(name: &str, kind: &str) -> Value {
    json!({ "required": [name], "properties": { name: { "type": kind } } })
}

/// A new account has a name; a code for one is for a number.
fn depend(connect: &mut Value) {
    let given = |name: &str| given_as(name, "string");
    let code = json!({ "required": ["method"], "properties": { "method": { "const": "pairingCode" } } });
    connect["anyOf"] = json!([given("displayName"), given("accountId")]);
    connect["if"] = code;
    connect["then"] = json!({ "anyOf": [given("phoneNumber"), given("accountId")] });
}

/// A change names something that is to be different.
fn change_something(change: &mut Value) {
    let device =
        json!({ "type": "object", "anyOf": [given_as("name", "string"), given_as("icon", "string")] });
    change["anyOf"] = json!([
        given_as("displayName", "string"),
        given_as("dailyLimit", "integer"),
        given_as("tags", "array"),
        given_as("metadata", "object"),
        // Null removes it.
        { "required": ["proxy"] },
        { "required": ["device"], "properties": { "device": device } },
    ]);
}

/// The same of a key. Null takes a limit away.
fn change_something_of_key(change: &mut Value) {
    change["anyOf"] = json!([
        given_as("name", "string"),
        given_as("scopes", "array"),
        { "required": ["accounts"] },
        { "required": ["networks"] },
        { "required": ["expiresAt"] },
    ]);
}
