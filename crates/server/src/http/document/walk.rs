//! Functions to walk through the document as JSON: its operations, their answers, and the schemas that references name.

use serde_json::Value;

/// Calls `visit` for each operation, with its method in lower case.
pub(super) fn operations(document: &mut Value, mut visit: impl FnMut(&str, &mut Value)) {
    for item in members_mut(&mut document["paths"]) {
        for (method, operation) in item.as_object_mut().into_iter().flatten() {
            visit(method, operation);
        }
    }
}

/// Calls `visit` for each answer of each operation, with its status.
pub(super) fn responses(document: &mut Value, mut visit: impl FnMut(&str, &mut Value)) {
    operations(document, |_, operation| {
        for (status, response) in operation["responses"].as_object_mut().into_iter().flatten() {
            visit(status, response);
        }
    });
}

/// Whether an operation needs an API key or a token. The refresh cookie does not count.
pub(super) fn takes_credential(operation: &Value) -> bool {
    let schemes = list(&operation["security"]).filter_map(Value::as_object).flat_map(|scheme| scheme.keys());
    schemes.into_iter().any(|scheme| scheme != "refreshCookie")
}

/// Whether an operation sends messages. The limit of changes does not apply to these operations.
pub(super) fn sends_messages(operation: &Value) -> bool {
    permissions(operation).any(|permission| permission == "messages:send")
}

/// Whether a caller of an operation needs a permission.
pub(super) fn names_permission(operation: &Value) -> bool {
    permissions(operation).next().is_some()
}

fn permissions(operation: &Value) -> impl Iterator<Item = &Value> {
    let schemes = list(&operation["security"]).filter_map(Value::as_object);
    schemes.flat_map(|scheme| scheme.values()).flat_map(list)
}

/// The elements of a list. There are none if the list is absent.
pub(super) fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// The members of an object. There are none if the object is absent.
pub(super) fn members_mut(value: &mut Value) -> impl Iterator<Item = &mut Value> {
    value.as_object_mut().into_iter().flatten().map(|(_, member)| member)
}

/// The schema that a reference names, or `schema` itself.
pub(super) fn resolved<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    schema["$ref"].as_str().and_then(name_of).map_or(schema, |name| &document["components"]["schemas"][name])
}

fn name_of(reference: &str) -> Option<&str> {
    reference.strip_prefix("#/components/schemas/")
}
