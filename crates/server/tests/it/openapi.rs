//! The OpenAPI document: it matches the committed snapshot and the server's behaviour.

use std::path::Path;

use http::Method;
use serde_json::Value;

use crate::app::{App, request};

const SNAPSHOT: &str = "tests/it/snapshots/openapi.json";

fn document() -> Value {
    linekeeper::http::openapi()
}

fn operations(document: &Value) -> impl Iterator<Item = (&String, &String, &Value)> {
    let paths = document["paths"].as_object().unwrap();
    paths
        .iter()
        .flat_map(|(path, item)| item.as_object().unwrap().iter().map(move |(verb, op)| (path, verb, op)))
}

#[test]
fn the_document_matches_the_committed_snapshot() {
    let now = serde_json::to_string_pretty(&document()).unwrap() + "\n";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(SNAPSHOT);
    if std::env::var_os("UPDATE_OPENAPI").is_some() {
        std::fs::write(&path, &now).unwrap();
    }
    let stored = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        stored == now,
        "{SNAPSHOT} is stale. Look at the difference after `UPDATE_OPENAPI=1 cargo test -p linekeeper --test it openapi`, \
         and commit it if it is meant"
    );
}

/// The path, with a text in place of each id.
fn with_ids(path: &str) -> String {
    path.split('/').map(|part| if part.starts_with('{') { "x" } else { part }).collect::<Vec<_>>().join("/")
}

#[tokio::test]
async fn every_documented_operation_is_routed_and_every_route_is_documented() {
    let app = App::new().await;
    let document = document();
    let verbs = ["get", "post", "put", "patch", "delete"];
    for path in document["paths"].as_object().unwrap().keys() {
        for verb in verbs {
            let method = Method::from_bytes(verb.to_uppercase().as_bytes()).unwrap();
            let asked = request(method, &with_ids(path)).body(String::new()).unwrap();
            let status = app.send(asked).await.status.as_u16();
            assert_ne!(status, 404, "{verb} {path} is not routed");
            let documented = document["paths"][path].get(verb).is_some();
            assert_eq!(status != 405, documented, "{verb} {path}: {status}");
        }
    }
}

/// The JSON bodies of the request and of the answers of an operation.
fn json_bodies(operation: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let answers = operation["responses"].as_object().unwrap().iter();
    let answers = answers.map(|(status, answer)| (status.as_str(), answer));
    let bodies = answers.chain(operation.get("requestBody").map(|body| ("request", body)));
    bodies.filter_map(|(what, body)| Some((what, body["content"].get("application/json")?)))
}

#[test]
fn every_operation_documents_its_input_and_its_refusals() {
    let document = document();
    assert_eq!(document["openapi"], "3.1.0");
    let schemes = document["components"]["securitySchemes"].as_object().unwrap();
    for (path, verb, operation) in operations(&document) {
        let place = format!("{verb} {path}");
        for said in ["summary", "description", "operationId"] {
            assert!(operation[said].is_string(), "{place} has no {said}");
        }
        for (what, json) in json_bodies(operation) {
            assert!(
                json["example"].is_object() || json["examples"].is_object(),
                "{place} {what}: an example"
            );
        }
        let responses = operation["responses"].as_object().unwrap();
        assert!(responses.keys().any(|status| status < &"400".to_owned()), "{place} succeeds somehow");
        for (status, response) in responses.iter().filter(|(status, _)| status.as_str() >= "400") {
            let content =
                response["content"].as_object().unwrap_or_else(|| panic!("{place} {status} has a body"));
            assert!(content.values().all(|media| media["schema"].is_object()), "{place} {status}");
        }
        for requirement in operation["security"].as_array().into_iter().flatten() {
            for scheme in requirement.as_object().unwrap().keys() {
                assert!(schemes.contains_key(scheme), "{place}: {scheme}");
            }
        }
        let open = ["/api/v1/setup", "/api/v1/auth/sign-in", "/healthz", "/readyz", "/api/v1/openapi.json"];
        let by_link = ["/api/v1/pairing/", "/api/v1/auth/invitation", "/api/v1/auth/password/"];
        let needs_none = open.contains(&path.as_str()) || by_link.iter().any(|start| path.starts_with(start));
        assert_eq!(operation["security"].as_array().unwrap().is_empty(), needs_none, "{place}");
    }
    let text = document.to_string();
    for reference in text.split("\"$ref\":\"#/components/schemas/").skip(1) {
        let name = reference.split('"').next().unwrap();
        assert!(document["components"]["schemas"][name].is_object(), "{name} is defined");
    }
}

/// The server refuses unknown fields, and the document says so with `additionalProperties`.
#[test]
fn documented_bodies_allow_no_unknown_fields() {
    let document = document();
    for (path, verb, operation) in operations(&document) {
        let Some(reference) =
            operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].as_str()
        else {
            continue;
        };
        let name = reference.rsplit('/').next().unwrap();
        let closed = &document["components"]["schemas"][name]["additionalProperties"];
        // A passkey assertion may have more fields, because the server passes it on as the browser made it.
        assert_eq!(closed.is_null(), name == "PasskeyAssertion", "{verb} {path}");
    }
}

#[tokio::test]
async fn the_server_serves_the_document_that_these_tests_check() {
    let app = App::new().await;
    assert_eq!(app.get("/api/v1/openapi.json").await.json(), document());
}

/// In a description, each refusal has a paragraph that begins with its error code. Clients rely on these codes.
#[test]
fn every_error_code_in_a_refusal_is_in_the_list_of_codes() {
    let document = document();
    let known: Vec<&str> = document["components"]["schemas"]["Problem"]["properties"]["code"]["enum"]
        .as_array()
        .unwrap()
        .iter()
        .map(|code| code.as_str().unwrap())
        .collect();
    for (path, verb, operation) in operations(&document) {
        for (status, response) in operation["responses"].as_object().unwrap() {
            let problem = &response["content"]["application/problem+json"];
            if problem.is_null() {
                continue;
            }
            let place = format!("{verb} {path} {status}");
            assert_eq!(problem["example"]["status"].to_string(), *status, "{place}");
            let paragraphs = response["description"].as_str().unwrap().split("\n\n");
            let codes: Vec<&str> = paragraphs.map(code_of).collect();
            for (index, code) in codes.iter().enumerate() {
                assert!(known.contains(code), "{place}: {code}");
                assert!(!codes[..index].contains(code), "{place}: {code} is described twice");
            }
            assert_eq!(problem["example"]["code"], codes[0], "{place}");
        }
    }
}

/// The code in a paragraph such as "`account_not_found`: There is no such account."
fn code_of(paragraph: &str) -> &str {
    let described = paragraph.strip_prefix('`').and_then(|rest| rest.split_once("`: "));
    described.map_or_else(|| panic!("not a refusal: {paragraph}"), |(code, _)| code)
}
