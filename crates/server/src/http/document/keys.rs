//! What the document says of `Idempotency-Key`: which operations take one, and what they answer because of it.

use serde_json::{Value, json};

use super::walk;

/// Whether an operation takes keys: it writes, for a caller who is known.
pub(super) fn are_taken(method: &str, operation: &Value) -> bool {
    method != "get" && walk::takes_credential(operation)
}

/// The header, as operations refer to it.
pub(super) fn parameter() -> Value {
    json!({
        "IdempotencyKey": {
            "name": "Idempotency-Key",
            "in": "header",
            "required": false,
            "description": "Chosen by you, fresh for each request that is to have an effect of its own: the same request with the \
                            same key has its effect once, and gets its answer again for 24 hours.",
            "schema": { "type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$" },
            "example": "8e03978e-40d5-43e8-bc93-6894a57f9324",
        },
    })
}

/// Adds the header, and the refusals that come from it.
pub(super) fn describe(operation: &mut Value) {
    let reference = json!({ "$ref": "#/components/parameters/IdempotencyKey" });
    match operation["parameters"].as_array_mut() {
        Some(parameters) => parameters.push(reference),
        None => operation["parameters"] = json!([reference]),
    }
    let responses = &mut operation["responses"];
    for (status, text) in [
        ("400", "`invalid_idempotency_key`."),
        ("409", "`request_in_progress`: the same request with this key is being carried out."),
        ("422", "`idempotency_key_reused`: the key belongs to another request."),
    ] {
        let said = match responses[status]["description"].as_str() {
            Some(said) => format!("{said} {text}"),
            None => text.to_owned(),
        };
        responses[status]["description"] = said.into();
    }
    // Whatever is kept can come again.
    for (status, response) in responses.as_object_mut().into_iter().flatten() {
        if !matches!(status.as_str(), "401" | "403" | "408" | "429") && !status.starts_with('5') {
            response["headers"]["Idempotency-Replayed"] = json!({ "$ref": "#/components/headers/Replayed" });
        }
    }
}
