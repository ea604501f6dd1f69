//! The schemas of request bodies that `body!` declared, and which bodies are optional.

use serde_json::{Value, json};

use super::walk;
use crate::http::request::declare::WHOLE;

/// Operations whose body is optional.
const OPTIONAL: [&str; 5] =
    ["createPairingLink", "linkMedia", "requestPairingCode", "rotateWebhookSecret", "testProxy"];

/// Completes the descriptions of the bodies.
pub(super) fn complete(document: &mut Value) {
    unpack(document);
    walk::operations(document, |_, operation| {
        if OPTIONAL.iter().any(|optional| operation["operationId"] == *optional) {
            operation["requestBody"]["required"] = json!(false);
        }
    });
}

/// Unpacks the schemas of the bodies that `body!` declared.
fn unpack(document: &mut Value) {
    for (_, schema) in document["components"]["schemas"].as_object_mut().into_iter().flatten() {
        if let Some(whole) = schema.get_mut(WHOLE).map(Value::take) {
            *schema = whole;
        }
    }
}
