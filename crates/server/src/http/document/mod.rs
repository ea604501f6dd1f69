//! The OpenAPI 3.1 document. Each route describes its own parts. This module adds what routes share, and what types
//! cannot express.

mod bodies;
pub(super) mod docs;
mod headers;
mod keys;
mod own_refusals;
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

pub(super) use self::own_refusals::Refusals;
use super::answer::problem::Problem;
use super::request::body;
use super::request::declare::MOST_BYTES;

/// The parts of the document that belong to no single route.
#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "linekeeper",
        description = "Keeps WhatsApp accounts online, and sends and receives their messages.\n\nTimes are RFC 3339 in \
                       UTC, ids are UUIDs (version 7). Refusals are `application/problem+json` with a stable `code`. Every \
                       answer carries `X-Request-Id`. Credentials go into headers, never into a URL.",
        license(name = "AGPL-3.0-only", identifier = "AGPL-3.0-only"),
    ),
    servers((url = "/", description = "The server that serves this document.")),
    components(schemas(Problem)),
    tags(
        (name = "setup", description = "Setting up a new server."),
        (name = "auth", description = "Signing in and out."),
        (name = "members", description = "Who belongs to the workspace, and who is invited."),
        (name = "workspaces", description = "Workspaces, which are separate tenants."),
        (name = "api-keys", description = "API keys for programs."),
        (name = "whatsapp", description = "Accounts: connect, watch, change, disconnect."),
        (name = "messages", description = "Messages, chats, contacts and files of accounts, in both directions."),
        (name = "pairing", description = "The page behind a pairing link, for the person who has the phone."),
        (name = "analytics", description = "Statistics about connections and messages."),
        (name = "events", description = "Events: what happened, in order."),
        (name = "webhooks", description = "Where the server sends events, and the result of each delivery."),
        (name = "audit", description = "The audit log: who did what."),
        (name = "probes", description = "Probes for programs that monitor this server."),
        (name = "meta", description = "The description of this API."),
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
            .description(Some("An access token from `/api/v1/auth/sign-in`, an API key, or a token of the CRM that this server is configured to trust."))
            .build();
        let api_key = ApiKey::Header(described("X-Api-Key", "An API key: `lk_`, followed by 43 characters."));
        let cookie = ApiKey::Cookie(described(
            "lk_refresh",
            "The refresh token. The server sets this cookie when a user signs in.",
        ));
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

/// Builds the whole document from the descriptions of the routes.
pub(super) fn complete(typed: OpenApi) -> Value {
    let mut document = serde_json::to_value(typed).expect("the document is made of strings and maps");
    walk::operations(&mut document, |method, operation| {
        refusals::add(method, operation);
        if keys::are_taken(method, operation) {
            keys::describe(operation);
        }
        queries::join_lists(operation);
        // Says explicitly that this operation needs no credential.
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

/// The document that the server publishes and also uses itself.
pub(super) struct Document {
    pub text: Bytes,
    /// The method and path of each write that needs a credential, with its body.
    writes: HashMap<(Method, String), BodyKind>,
}

impl Document {
    /// Builds the document from the descriptions of the routes.
    pub fn of(typed: OpenApi) -> Self {
        let document = complete(typed);
        Self { writes: writes_with_credential(&document), text: document.to_string().into() }
    }

    /// The body of this route, if it is a write with a credential. Such routes accept idempotency keys.
    pub fn body_of_write(&self, method: &Method, path: &str) -> Option<BodyKind> {
        self.writes.get(&(method.clone(), path.to_owned())).copied()
    }
}

/// How a route reads its body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BodyKind {
    /// The body is read as a whole, up to `most` bytes. This is also used for routes without a body.
    Json { most: usize },
    /// The body is passed on as it arrives.
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
