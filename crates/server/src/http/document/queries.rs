//! Lists in a query: one text, separated by commas. The form that OpenAPI assumes, a parameter for each element, is refused.

use serde_json::{Value, json};

/// Says so of each list that `operation` takes.
pub(super) fn join_lists(operation: &mut Value) {
    let parameters = operation.get_mut("parameters").and_then(Value::as_array_mut);
    for parameter in parameters.into_iter().flatten() {
        if parameter["in"] == "query" && parameter["schema"]["type"] == "array" {
            parameter["style"] = json!("form");
            parameter["explode"] = json!(false);
        }
    }
}
