//! The headers of answers: the request id, and when to try again.

use serde_json::{Value, json};

/// The header definitions that answers refer to.
pub(super) fn described() -> Value {
    json!({
        "RequestId": {
            "description": "The id of this request, which the server's log also contains. It is the `X-Request-Id` that you sent, \
                            if that has 1 to 64 letters, digits, `.`, `_` and `-`. Otherwise the server makes a new id.",
            "required": true,
            "schema": { "type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$", "example": "5b7c9d5e0f3a4d0c" },
        },
        "RetryAfter": {
            "description": "Seconds to wait before you try again.",
            "schema": { "type": "integer", "minimum": 1, "example": 2 },
        },
        "Replayed": {
            "description": "`true` if this is the stored answer to an earlier request with the same `Idempotency-Key`.",
            "schema": { "type": "string", "enum": ["true"], "example": "true" },
        },
        "Challenge": {
            "description": "The kind of credential that the server requires, as RFC 6750 defines it.",
            "schema": { "type": "string", "example": "Bearer realm=\"linekeeper\"" },
        },
    })
}

/// Adds the headers of one answer.
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
