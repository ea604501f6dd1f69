//! The OpenAPI 3.1 document: its frame, and the answers that every route shares, so that each route only says
//! what is its own.

use std::sync::LazyLock;

use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response as HttpResponse};
use utoipa::openapi::path::{Operation, ParameterIn};
use utoipa::openapi::response::Response;
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{ContentBuilder, OpenApi, Ref, RefOr, ResponseBuilder};
use utoipa::{Modify, OpenApi as _};

use super::examples;
use super::problem::{MEDIA_TYPE, Problem};
use super::router::documented_routes;

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
    components(schemas(Problem)),
    tags(
        (name = "setup", description = "The first start."),
        (name = "auth", description = "Signing in."),
        (name = "api-keys", description = "Keys for programs."),
        (name = "whatsapp", description = "Accounts: connect, watch, change, disconnect."),
        (name = "pairing", description = "The page behind a pairing link, for whoever holds the phone."),
        (name = "events", description = "What happened, in order."),
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
            .description(Some("An access token of `/api/v1/auth/sign-in`, or an API key."))
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

/// The whole document.
pub fn openapi() -> OpenApi {
    let mut document = documented_routes().into_openapi();
    for item in document.paths.paths.values_mut() {
        let operations = [&mut item.get, &mut item.post, &mut item.put, &mut item.patch, &mut item.delete];
        operations.into_iter().flatten().for_each(complete);
    }
    document
}

/// Adds the refusals that come from what a route takes, and gives every refusal its body.
fn complete(operation: &mut Operation) {
    let takes = |place: ParameterIn| {
        let parameters = operation.parameters.iter().flatten();
        parameters.into_iter().any(|p| matches!(p, RefOr::T(p) if p.parameter_in == place))
    };
    let (takes_id, takes_query) = (takes(ParameterIn::Path), takes(ParameterIn::Query));
    let takes_body = operation.request_body.is_some();
    let cookie = SecurityRequirement::new("refreshCookie", Vec::<String>::new());
    let takes_credential = operation.security.iter().flatten().any(|requirement| *requirement != cookie);
    let is_probe = operation.tags.iter().flatten().any(|tag| tag == "probes" || tag == "meta");

    let mut add = |status: u16, text: &str| {
        let described = || RefOr::T(ResponseBuilder::new().description(text).build());
        operation.responses.responses.entry(status.to_string()).or_insert_with(described);
    };
    if takes_body {
        add(400, "`validation_failed` with all `errors`, `malformed_json`.");
        add(408, "`body_timeout`: the body did not arrive within 10 s.");
        add(413, "`body_too_large`: more than 64 KiB.");
        add(415, "`unsupported_media_type`: the body must be JSON.");
    }
    if takes_query {
        add(400, "`validation_failed` with all `errors`.");
    }
    if takes_id {
        add(400, "`invalid_id`: not a UUID.");
    }
    if takes_credential {
        add(401, "`credential_required`, `invalid_credential`, `credential_expired`, `token_expired`.");
        add(403, "`permission_denied`.");
    }
    if !is_probe {
        add(503, "`busy`, `shutting_down`, `storage_unavailable`: try again as `Retry-After` says.");
    }
    add(500, "`internal_error`.");

    for (status, response) in &mut operation.responses.responses {
        if let (true, RefOr::T(response)) = (status.as_str() >= "400", response) {
            give_problem_body(response);
        }
    }
}

/// The example is the refusal whose code the description names first.
fn give_problem_body(response: &mut Response) {
    if !response.content.is_empty() {
        return;
    }
    let code = response.description.split('`').nth(1);
    let refusal = examples::refusals().into_iter().find(|refusal| Some(refusal.code()) == code);
    let example = refusal.map(|refusal| serde_json::json!(Problem::new(&refusal, "5b7c9d5e0f3a4d0c")));
    let schema = Ref::from_schema_name("Problem");
    let content = ContentBuilder::new().schema(Some(schema)).example(example).build();
    response.content.insert(MEDIA_TYPE.to_owned(), content.into());
}

/// The OpenAPI document
#[utoipa::path(
    get, path = "/api/v1/openapi.json", tag = "meta", operation_id = "openapi",
    responses((status = 200, description = "This document.", body = Object)),
)]
pub(super) async fn handle() -> HttpResponse {
    static DOCUMENT: LazyLock<String> =
        LazyLock::new(|| openapi().to_json().expect("the document is made of strings and maps"));
    ([(CONTENT_TYPE, "application/json")], DOCUMENT.as_str()).into_response()
}
