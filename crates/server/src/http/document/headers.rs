//! The headers of answers: which request it was, and when to try again.

use serde_json::{Value, json};

/// What the answers refer to.
pub(super) fn described() -> Value {
    json!({
        "RequestId": {
            "description": "Names this request, also in the server's log: the `X-Request-Id` that was sent, where it has 1 to \
                            64 letters, digits, `.`, `_` and `-`, otherwise a fresh one.",
            "required": true,
            "schema": { "type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$", "example": "5b7c9d5e0f3a4d0c" },
        },
        "RetryAfter": {
            "description": "Seconds after which trying again makes sense.",
            "schema": { "type": "integer", "minimum": 1, "example": 2 },
        },
        "Replayed": {
            "description": "`true` where this answer was given before, to the same request with the same `Idempotency-Key`.",
            "schema": { "type": "string", "enum": ["true"], "example": "true" },
        },
        "Challenge": {
            "description": "How to show a credential (RFC 6750).",
            "schema": { "type": "string", "example": "Bearer realm=\"linekeeper\"" },
        },
    })
}

/// Names the headers of one answer.
pub(super) fn add(status: &str, response: &mut Value) {
    let headers = &mut response["headers"];
    let mut add = |name: &str, described: &str| {
        headers[name] = json!({ "$ref": format!("#/components/headers/{described}") });
    };
    add("X-Request-Id", "RequestId");
    match status {
        "409" | "429" | "503" => add("Retry-After", "RetryAfter"),
        "401" => add("WWW-Authenticate", "Challenge"),
        _ => {}
    }
}
