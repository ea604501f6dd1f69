//! A stored answer that can be repeated: status, headers and body. A repeated answer carries the id of the new
//! request.

use std::collections::BTreeMap;

use axum::body::{Body, Bytes, HttpBody as _};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, SET_COOKIE};
use axum::http::response::Parts;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::http::answer::error::ApiError;
use crate::http::answer::problem;
use crate::http::request::request_id::RequestId;

/// The header that marks a repeated answer.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// The maximum size of a stored body in bytes. No write returns a larger body.
const LARGEST: u64 = 1024 * 1024;

/// An answer that can be stored, or one that is only passed on.
pub(super) enum Answer {
    Kept(Parts, Bytes),
    PassedOn(Response),
}

/// Everything that is stored, except the body.
#[derive(Serialize, Deserialize)]
struct Head {
    status: u16,
    headers: BTreeMap<String, String>,
}

/// The stored form of a JSON answer, for a route that stores its answer itself.
pub(super) fn json(status: StatusCode, body: &[u8]) -> (u16, Vec<u8>) {
    let headers = BTreeMap::from([(CONTENT_TYPE.to_string(), "application/json".to_owned())]);
    let head = Head { status: status.as_u16(), headers };
    let mut record = serde_json::to_vec(&head).expect("texts by name serialize");
    record.push(b'\n');
    record.extend_from_slice(body);
    (head.status, record)
}

/// Takes the answer of a handler. The answer is kept if the same request would always end in the same way.
pub(super) async fn of(mut response: Response, id: &RequestId) -> Answer {
    let too_large = response.body().size_hint().upper().is_none_or(|size| size > LARGEST);
    if !is_final(response.status()) || too_large {
        return Answer::PassedOn(response);
    }
    if let Some(error) = response.extensions_mut().remove::<ApiError>() {
        response = problem::write(response, &error, id.as_str());
    }
    let (parts, body) = response.into_parts();
    match axum::body::to_bytes(body, LARGEST as usize).await {
        Ok(body) => Answer::Kept(parts, body),
        Err(error) => Answer::PassedOn(ApiError::internal(&error).into_response()),
    }
}

/// Whether the same request would always end in the same way. Missing rights, too much load and errors of the
/// server may be different the next time.
fn is_final(status: StatusCode) -> bool {
    !status.is_server_error() && !matches!(status.as_u16(), 401 | 403 | 408 | 429)
}

impl Answer {
    /// Returns the status and the bytes to store: the headers as a line of JSON, then the body. Returns `None` if the
    /// answer is not stored.
    pub fn record(&self) -> Option<(u16, Vec<u8>)> {
        let Self::Kept(parts, body) = self else { return None };
        // Cookies are not stored, because a cookie is only for the browser that made this request.
        let named = parts.headers.iter().filter(|(name, _)| *name != SET_COOKIE);
        let text = |(name, value): (&HeaderName, &HeaderValue)| {
            Some((name.to_string(), value.to_str().ok()?.to_owned()))
        };
        let head = Head { status: parts.status.as_u16(), headers: named.filter_map(text).collect() };
        let mut record = serde_json::to_vec(&head).expect("texts by name serialize");
        record.push(b'\n');
        record.extend_from_slice(body);
        Some((head.status, record))
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        match self {
            Self::Kept(parts, body) => Response::from_parts(parts, Body::from(body)),
            Self::PassedOn(response) => response,
        }
    }
}

/// Turns a stored answer into the answer to the request with this id.
pub(super) fn replay(record: &[u8], id: &RequestId) -> Result<Response, ApiError> {
    let (head, body) = record.split_at(record.iter().position(|byte| *byte == b'\n').unwrap_or(record.len()));
    let head: Head = serde_json::from_slice(head).map_err(|error| ApiError::internal(&error))?;
    let mut body = body.get(1..).unwrap_or_default().to_vec();
    if head.headers.get(CONTENT_TYPE.as_str()).is_some_and(|kind| kind == problem::MEDIA_TYPE) {
        let mut told: Value = serde_json::from_slice(&body).map_err(|error| ApiError::internal(&error))?;
        told["requestId"] = id.as_str().into();
        body = told.to_string().into_bytes();
    }
    let status = StatusCode::from_u16(head.status).map_err(|error| ApiError::internal(&error))?;
    let mut response = (status, body).into_response();
    let headers = response.headers_mut();
    headers.clear();
    for (name, value) in &head.headers {
        if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::from_str(value)) {
            headers.insert(name, value);
        }
    }
    // The body may contain the request id. The new id may have another length, so the stored content length may be
    // wrong.
    headers.remove(CONTENT_LENGTH);
    headers.insert(REPLAYED, HeaderValue::from_static("true"));
    Ok(response)
}
