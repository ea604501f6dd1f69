//! The body of a refusal: `application/problem+json` (RFC 9457) with a stable code, the request's id and the
//! fields with errors.

use axum::body::Body;
use axum::http::header::{self, HeaderValue};
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use super::error::{ApiError, FieldError};
use crate::http::document::schema;

pub(in crate::http) const MEDIA_TYPE: &str = "application/problem+json";

/// Why a request was refused. Programs read `code`, and people read `detail`.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http) struct Problem {
    /// Always `about:blank`, because `code` already names the problem.
    #[serde(rename = "type")]
    #[schema(example = "about:blank")]
    kind: &'static str,
    /// The HTTP status in words.
    #[schema(example = "Not Found")]
    title: String,
    /// The HTTP status.
    #[schema(example = 404)]
    status: u16,
    /// The name of the problem for programs. A code is never renamed.
    #[schema(schema_with = schema::code)]
    code: &'static str,
    /// A sentence that tells people why the request was refused.
    #[schema(example = "There is no such account, or you have no access to it.")]
    detail: String,
    /// The id of this request, as in the header `X-Request-Id`. The server's log contains it too.
    #[schema(example = "5b7c9d5e0f3a4d0c")]
    request_id: String,
    /// One item for each error in the fields of the request. Empty if the problem is not about fields.
    errors: Vec<FieldError>,
}

impl Problem {
    pub fn new(error: &ApiError, request_id: &str) -> Self {
        let status = error.status();
        Self {
            kind: "about:blank",
            title: status.canonical_reason().unwrap_or("Error").to_owned(),
            status: status.as_u16(),
            code: error.code(),
            detail: error.detail(),
            request_id: request_id.to_owned(),
            errors: error.fields().to_vec(),
        }
    }
}

/// Gives `response` the body and headers for `error`.
pub(in crate::http) fn write(mut response: Response, error: &ApiError, request_id: &str) -> Response {
    let status = error.status();
    let problem = Problem::new(error, request_id);
    let body = serde_json::to_vec(&problem).expect("a struct of strings serializes");
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
    if let Some(wait) = error.retry_after() {
        // Rounded up, so that a caller who waits exactly this long is not too early.
        headers.insert(header::RETRY_AFTER, HeaderValue::from(wait.as_millis().div_ceil(1000).max(1) as u64));
    }
    if status == axum::http::StatusCode::UNAUTHORIZED {
        headers.insert(header::WWW_AUTHENTICATE, challenge(error));
    }
    *response.body_mut() = Body::from(body);
    response
}

/// RFC 6750: if a request has no credential, the challenge has no error code.
fn challenge(error: &ApiError) -> HeaderValue {
    HeaderValue::from_static(match error {
        ApiError::CredentialRequired | ApiError::MetricsTokenRequired => "Bearer realm=\"linekeeper\"",
        _ => "Bearer realm=\"linekeeper\", error=\"invalid_token\"",
    })
}
