//! The OpenAPI 3.1 document. Routes describe what is their own; what they share, and what types cannot say, is added here
//! to the document as a whole.

mod bodies;
pub(super) mod docs;
mod headers;
mod keys;
mod queries;
mod refusals;
mod samples;
pub(super) mod schema;
mod walk;

use std::collections::HashMap;

use axum::body::Bytes;
use axum::http::Method;
use serde_json::{Value, json};
use utoipa::openapi::OpenApi;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi as _};

use super::answer::problem::Problem;
use super::request::body;
use super::request::declare::MOST_BYTES;

/// What does not belong to any one route.
#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "linekeeper",
        description = "Holds WhatsApp accounts online and carries their messages.\n\nTimes are RFC 3339 in UTC, ids \
                       are UUIDs (version 7). Refusals are `application/problem+json` with a stable `code`. Every \
                       answer carries `X-Request-Id`. Credentials go into headers, never into a URL.",
        license(name = "AGPL-3.0-only", identifier = "AGPL-3.0-only"),
    ),
    servers((url = "/", description = "The server that gave you this document.")),
    components(schemas(Problem)),
    tags(
        (name = "setup", description = "The first start."),
        (name = "auth", description = "Signing in."),
        (name = "members", description = "Who belongs to the workspace, and who is invited."),
        (name = "workspaces", description = "Tenants."),
        (name = "api-keys", description = "Keys for programs."),
        (name = "whatsapp", description = "Accounts: connect, watch, change, disconnect."),
        (name = "pairing", description = "The page behind a pairing link, for whoever holds the phone."),
        (name = "analytics", description = "What happened, as numbers."),
        (name = "events", description = "What happened, in order."),
        (name = "webhooks", description = "Where events are sent, and what became of them."),
        (name = "audit", description = "Who did what."),
        (name = "probes", description = "For machines that watch this one."),
        (name = "meta", description = "The API itself."),
    ),
    modifiers(&Credentials),
)]
struct Frame;

struct Credentials;

impl Modify for Credentials {
    fn modify(&self, openapi: &mut OpenApi) {
        let described = |name: &str, text: &str| ApiKeyValue::with_description(name, text);
        let bearer = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("An access token of `/api/v1/auth/sign-in`, an API key, or a token of the CRM that the server is configured to trust."))
            .build();
        let api_key = ApiKey::Header(described("X-Api-Key", "An API key: `lk_` and 43 characters."));
        let cookie = ApiKey::Cookie(described("lk_refresh", "The refresh token that signing in sets."));
        let components = openapi.components.get_or_insert_default();
        components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
        components.add_security_scheme("apiKey", SecurityScheme::ApiKey(api_key));
        components.add_security_scheme("refreshCookie", SecurityScheme::ApiKey(cookie));
    }
}

/// The document without its routes.
pub(super) fn frame() -> OpenApi {
    Frame::openapi()
}

/// The whole document, of what the routes say of themselves.
pub(super) fn complete(typed: OpenApi) -> Value {
    let mut document = serde_json::to_value(typed).expect("the document is made of strings and maps");
    walk::operations(&mut document, |method, operation| {
        refusals::add(method, operation);
        if keys::are_taken(method, operation) {
            keys::describe(operation);
        }
        queries::join_lists(operation);
        // Said in so many words: nothing is asked for here.
        if operation.get("security").is_none() {
            operation["security"] = json!([]);
        }
    });
    walk::responses(&mut document, |status, response| {
        refusals::give_body(status, response);
        headers::add(status, response);
    });
    bodies::complete(&mut document);
    samples::add(&mut document);
    document["components"]["headers"] = headers::described();
    document["components"]["parameters"] = keys::parameter();
    document
}

/// The document as the server gives it out and goes by it.
pub(super) struct Document {
    pub text: Bytes,
    /// Method and path of each write that takes a credential, with its body.
    writes: HashMap<(Method, String), BodyKind>,
}

impl Document {
    /// Of what the routes say of themselves.
    pub fn of(typed: OpenApi) -> Self {
        let document = complete(typed);
        Self { writes: writes_with_credential(&document), text: document.to_string().into() }
    }

    /// The body of that route, where it is a write with a credential: such routes take idempotency keys.
    pub fn body_of_write(&self, method: &Method, path: &str) -> Option<BodyKind> {
        self.writes.get(&(method.clone(), path.to_owned())).copied()
    }
}

/// How a route takes its body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BodyKind {
    /// Read whole, up to so many bytes. Also where there is none.
    Json { most: usize },
    /// Passed on as it comes.
    Streamed,
}

impl BodyKind {
    fn of(document: &Value, operation: &Value) -> Self {
        let Some(content) = operation["requestBody"]["content"].as_object() else {
            return Self::Json { most: body::LIMIT };
        };
        let Some(json) = content.get("application/json") else { return Self::Streamed };
        let most = walk::resolved(document, &json["schema"])[MOST_BYTES].as_u64();
        Self::Json { most: most.map_or(body::LIMIT, |most| most as usize) }
    }
}

fn writes_with_credential(document: &Value) -> HashMap<(Method, String), BodyKind> {
    let paths = document["paths"].as_object().into_iter().flatten();
    let operations = paths.flat_map(|(path, item)| {
        item.as_object().into_iter().flatten().map(move |(method, operation)| (method, path, operation))
    });
    operations
        .filter(|(method, _, operation)| keys::are_taken(method, operation))
        .filter_map(|(method, path, operation)| {
            let route = (method.to_uppercase().parse().ok()?, path.clone());
            Some((route, BodyKind::of(document, operation)))
        })
        .collect()
}
