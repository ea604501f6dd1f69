//! Adds the refusals that many routes share, and the body of each refusal. The shared refusals of a route follow from
//! its input, such as a JSON body or a credential. A route describes only its own refusals.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::walk;
use crate::http::answer::error::named::*;
use crate::http::answer::error::{ApiError, DeclaredRefusal, Refusal};
use crate::http::answer::problem::{MEDIA_TYPE, Problem};

/// The limit of changes, which applies to every write with a credential.
const TOO_MANY_CHANGES: Refusal =
    TooManyAttempts::REFUSAL.meaning("The caller made too many changes. Wait for the time in `Retry-After`.");

/// Adds the shared refusals to `operation`.
pub(super) fn add(method: &str, operation: &mut Value) {
    let takes = |place: &str| walk::list(&operation["parameters"]).any(|parameter| parameter["in"] == place);
    // Refusals about JSON belong only to operations with a JSON body, not to those that take a file.
    let takes_json = operation["requestBody"]["content"].get("application/json").is_some();
    let takes_credential = walk::takes_credential(operation);
    let is_probe = walk::list(&operation["tags"]).any(|tag| tag == "probes" || tag == "meta");

    let mut shared = Vec::new();
    if takes_json || takes("query") {
        shared.push(Validation::REFUSAL);
    }
    if takes_json {
        shared.extend([MalformedJson::REFUSAL, BodyTimeout::REFUSAL, BodyTooLarge::REFUSAL]);
        shared.push(UnsupportedMediaType::REFUSAL);
    }
    if takes("path") {
        shared.push(InvalidId::REFUSAL);
    }
    if takes_credential {
        shared.extend([CredentialRequired::REFUSAL, InvalidCredential::REFUSAL, CredentialExpired::REFUSAL]);
        shared.extend([TokenExpired::REFUSAL, TokenOutdated::REFUSAL]);
    }
    // An operation that names no permission may describe its own refusals of a caller.
    if takes_credential && (walk::names_permission(operation) || operation["responses"]["403"].is_null()) {
        shared.extend([PermissionDenied::REFUSAL, TokenUnclear::REFUSAL]);
    }
    if takes_credential && method != "get" && !walk::sends_messages(operation) {
        shared.push(TOO_MANY_CHANGES);
    }
    if !is_probe {
        shared.extend([TooManyRequests::REFUSAL, Busy::REFUSAL, Starting::REFUSAL, ShuttingDown::REFUSAL]);
        shared.extend([StorageUnavailable::REFUSAL, TokenKeysUnavailable::REFUSAL]);
    }
    shared.push(Internal::REFUSAL);
    describe(&shared, operation);
}

/// Adds refusals to the answers of `operation`, except for codes that the operation describes itself.
pub(super) fn describe(refusals: &[Refusal], operation: &mut Value) {
    for refusal in refusals {
        let description = &mut operation["responses"][refusal.status.as_str()]["description"];
        let mut text = description.as_str().unwrap_or_default().to_owned();
        if !text.split("\n\n").any(|paragraph| paragraph.starts_with(&format!("`{}`: ", refusal.code))) {
            append(&mut text, refusal);
            *description = text.into();
        }
    }
}

/// Describes `refusals` for each of their statuses. Each refusal has its own paragraph.
pub(super) fn by_status(refusals: &[Refusal]) -> BTreeMap<String, String> {
    let mut described = BTreeMap::<String, String>::new();
    for refusal in refusals {
        append(described.entry(refusal.status.as_str().to_owned()).or_default(), refusal);
    }
    described
}

/// Appends the paragraph about `refusal` to the description of its status.
fn append(description: &mut String, refusal: &Refusal) {
    if !description.is_empty() {
        description.push_str("\n\n");
    }
    description.push_str(&format!("`{}`: {}", refusal.code, refusal.meaning));
}

/// Adds the body to an answer that is a refusal. The example is the refusal whose code the description names first.
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
