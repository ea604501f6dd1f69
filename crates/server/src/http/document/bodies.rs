//! What bodies may hold beyond what types can say: no unknown fields, null for what may be absent, bounds inside lists, and
//! fields that depend on each other.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::walk;
use crate::credentials::api_key::{MOST_ACCOUNTS, MOST_NETWORKS};
use crate::http::request::declare::WHOLE;

/// Bodies that are passed on as they came, with whatever else is in them.
const OPEN: [&str; 2] = ["PasskeyAssertion", "PasskeyResponse"];

/// Operations that take no body as well.
const OPTIONAL: [&str; 3] = ["createPairingLink", "linkMedia", "requestPairingCode"];

/// Says of every body what the server takes and refuses.
pub(super) fn complete(document: &mut Value) {
    let declared = unpack(document);
    let mut names = BTreeSet::new();
    for item in document["paths"].as_object().into_iter().flatten().map(|(_, item)| item) {
        for operation in item.as_object().into_iter().flatten().map(|(_, operation)| operation) {
            walk::names_in(document, &operation["requestBody"], &mut names);
        }
    }
    for name in names.iter().filter(|name| !OPEN.contains(&name.as_str())) {
        let schema = &mut document["components"]["schemas"][name];
        if schema["type"] != "object" || declared.contains(name) {
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
                "scopes" => described["minItems"] = json!(1),
                "accounts" => bound_accounts(described),
                "networks" => bound_networks(described),
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
    change_something_of_key(&mut schemas["ApiKeyChange"]);
    schemas["MemberChange"]["anyOf"] = json!([given_as("role", "string"), given_as("notify", "boolean")]);
    schemas["WorkspaceChange"]["anyOf"] = json!([given_as("name", "string"), given_as("timeZone", "string")]);
}

/// Puts the schemas of the bodies that `body!` declared in their places. Returns their names.
fn unpack(document: &mut Value) -> BTreeSet<String> {
    let mut declared = BTreeSet::new();
    for (name, schema) in document["components"]["schemas"].as_object_mut().into_iter().flatten() {
        if let Some(whole) = schema.get_mut(WHOLE).map(Value::take) {
            *schema = whole;
            declared.insert(name.clone());
        }
    }
    declared
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

/// An object in which `name` is there, and is of that type.
fn given_as(name: &str, kind: &str) -> Value {
    json!({ "required": [name], "properties": { name: { "type": kind } } })
}

/// A change names something that is to be different. Null takes a limit away.
fn change_something_of_key(change: &mut Value) {
    change["anyOf"] = json!([
        given_as("name", "string"),
        given_as("scopes", "array"),
        { "required": ["accounts"] },
        { "required": ["networks"] },
        { "required": ["expiresAt"] },
    ]);
}
