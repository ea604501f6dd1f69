//! The documentation of the header `Idempotency-Key`: which operations accept it, and which refusals it can cause.

use serde_json::{Value, json};

use super::{refusals, walk};
use crate::http::answer::error::DeclaredRefusal;
use crate::http::answer::error::named::{IdempotencyKeyReused, InvalidIdempotencyKey, RequestInProgress};

/// Whether an operation accepts idempotency keys. It must write, and it must need a credential.
pub(super) fn are_taken(method: &str, operation: &Value) -> bool {
    method != "get" && walk::takes_credential(operation)
}

/// The header definition that operations refer to.
pub(super) fn parameter() -> Value {
    json!({
        "IdempotencyKey": {
            "name": "Idempotency-Key",
            "in": "header",
            "required": false,
            "description": "A text that you choose, a new one for each new request. If you do not know whether a request succeeded, send \
                            the same request again with the same `Idempotency-Key` within 24 hours. The request takes effect \
                            only once, and you get the first answer again.",
            "schema": { "type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$" },
            "example": "8e03978e-40d5-43e8-bc93-6894a57f9324",
        },
    })
}

/// Adds the header, and the refusals that it can cause.
pub(super) fn describe(operation: &mut Value) {
    let reference = json!({ "$ref": "#/components/parameters/IdempotencyKey" });
    match operation["parameters"].as_array_mut() {
        Some(parameters) => parameters.push(reference),
        None => operation["parameters"] = json!([reference]),
    }
    refusals::describe(
        &[InvalidIdempotencyKey::REFUSAL, RequestInProgress::REFUSAL, IdempotencyKeyReused::REFUSAL],
        operation,
    );
    let responses = &mut operation["responses"];
    // The server stores all answers except those with these statuses. It repeats a stored answer with the header
    // `Idempotency-Replayed`, so only the stored answers can have this header.
    for (status, response) in responses.as_object_mut().into_iter().flatten() {
        if !matches!(status.as_str(), "401" | "403" | "408" | "429") && !status.starts_with('5') {
            response["headers"]["Idempotency-Replayed"] = json!({ "$ref": "#/components/headers/Replayed" });
        }
    }
}
