//! The answers that many routes share: refusals that follow from a route's input, and the body of each refusal. A
//! route describes only its own answers.

use serde_json::{Value, json};

use super::walk;
use crate::http::answer::error::ApiError;
use crate::http::answer::problem::{MEDIA_TYPE, Problem};

/// Adds the shared answers to `operation`, except for statuses that the operation describes itself.
pub(super) fn add(method: &str, operation: &mut Value) {
    let takes = |place: &str| walk::list(&operation["parameters"]).any(|parameter| parameter["in"] == place);
    let (takes_id, takes_query) = (takes("path"), takes("query"));
    // Refusals about JSON belong only to operations with a JSON body, not to those that take a file.
    let takes_json = operation["requestBody"]["content"].get("application/json").is_some();
    let takes_credential = walk::takes_credential(operation);
    let sends_messages = walk::sends_messages(operation);
    let is_probe = walk::list(&operation["tags"]).any(|tag| tag == "probes" || tag == "meta");

    let mut add = |status: &str, text: &str| {
        let responses = &mut operation["responses"];
        if responses.get(status).is_none() {
            responses[status] = json!({ "description": text });
        }
    };
    if takes_json {
        add(
            "400",
            "`validation_failed`: a field is wrong. `errors` lists every error. `malformed_json`: the body \
             is not valid JSON.",
        );
        add("408", "`body_timeout`: the body did not arrive within 10 s.");
        add("413", "`body_too_large`: the body has more than 64 KiB.");
        add("415", "`unsupported_media_type`: the body must be JSON.");
    }
    if takes_query {
        add("400", "`validation_failed`: a parameter is wrong. `errors` lists every error.");
    }
    if takes_id {
        add("400", "`invalid_id`: the id is not a UUID.");
    }
    if takes_credential {
        add(
            "401",
            "`credential_required`: the request has no credential. `invalid_credential`: the credential is \
             not valid. `credential_expired`: the API key has expired. `token_expired`: the access token has \
             expired. `token_outdated`: the token is older than a change of the user's role, or than the \
             user's removal.",
        );
        add(
            "403",
            "`permission_denied`: the credential lacks the permission that this request needs. \
             `token_unclear`: the workspace or the role in a token of the CRM is missing or unknown.",
        );
    }
    if takes_credential && method != "get" && !sends_messages {
        add(
            "429",
            "`too_many_attempts`: the caller made too many changes. Wait as long as `Retry-After` says.",
        );
    }
    if !is_probe {
        add(
            "429",
            "`too_many_requests`: this credential, workspace or IP address already has the maximum number of \
             requests in progress.",
        );
        add(
            "503",
            "`busy`, `starting`, `shutting_down`, `storage_unavailable` or `token_keys_unavailable`: the \
             server cannot handle the request now. Try again after the time in `Retry-After`.",
        );
    }
    add(
        "500",
        "`internal_error`: an error on the server. The server's log has the details under the request id.",
    );
}

/// Gives a refusal its body. The example is the refusal whose code the description names first.
pub(super) fn give_body(status: &str, response: &mut Value) {
    if status < "400" || response.get("content").is_some() {
        return;
    }
    let description = response["description"].as_str().unwrap_or_default();
    let code = description.split('`').nth(1);
    let refusal = ApiError::examples().into_iter().find(|refusal| Some(refusal.code()) == code);
    let mut media = json!({ "schema": { "$ref": "#/components/schemas/Problem" } });
    if let Some(refusal) = refusal {
        media["example"] = json!(Problem::new(&refusal, "5b7c9d5e0f3a4d0c"));
    }
    response["content"] = json!({ MEDIA_TYPE: media });
}
