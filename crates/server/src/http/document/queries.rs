//! Lists in a query. A list is one parameter whose elements are separated by commas. The server refuses OpenAPI's
//! default, which repeats the parameter for each element.

use serde_json::{Value, json};

/// Describes each list in the query of `operation` as separated by commas.
pub(super) fn join_lists(operation: &mut Value) {
    let parameters = operation.get_mut("parameters").and_then(Value::as_array_mut);
    for parameter in parameters.into_iter().flatten() {
        if parameter["in"] == "query" && parameter["schema"]["type"] == "array" {
            parameter["style"] = json!("form");
            parameter["explode"] = json!(false);
        }
    }
}
