//! Lists in a query: one text, separated by commas. OpenAPI's default form, one parameter for each element, is
//! refused.

use serde_json::{Value, json};

/// Sets this form for each list that `operation` takes.
pub(super) fn join_lists(operation: &mut Value) {
    let parameters = operation.get_mut("parameters").and_then(Value::as_array_mut);
    for parameter in parameters.into_iter().flatten() {
        if parameter["in"] == "query" && parameter["schema"]["type"] == "array" {
            parameter["style"] = json!("form");
            parameter["explode"] = json!(false);
        }
    }
}
