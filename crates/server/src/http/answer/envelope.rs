//! Wraps every request. Gives the answer and the log a request id, writes refusals as problem documents, and adds
//! security headers for browsers.

use std::sync::LazyLock;
use std::time::Instant;

use axum::body::HttpBody;
use axum::extract::{MatchedPath, Request, State};
use axum::http::HeaderMap;
use axum::http::header::{self, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument;

use super::error::ApiError;
use super::problem;
use crate::http::request::request_id::{HEADER, RequestId};
use crate::http::state::Shared;

/// The headers of every answer, unless the handler set them.
static DEFAULT_HEADERS: LazyLock<HeaderMap> = LazyLock::new(|| {
    HeaderMap::from_iter([
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'; base-uri 'none'"),
        ),
        (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
    ])
});

/// The outermost layer.
pub(in crate::http) async fn wrap(State(http): State<Shared>, mut request: Request, next: Next) -> Response {
    let id = RequestId::of(request.headers());
    let route = request.extensions().get::<MatchedPath>().map_or("-", |path| path.as_str()).to_owned();
    let method = request.method().as_str().to_owned();
    let span =
        tracing::info_span!("request", id = id.as_str(), method, route, status = tracing::field::Empty);
    let _in_flight = http.metrics.begin();
    let began = Instant::now();

    request.extensions_mut().insert(id.clone());
    let mut response = next.run(request).instrument(span.clone()).await;
    if let Some(error) = response.extensions_mut().remove::<ApiError>() {
        http.metrics.refused(error.code());
        if error == ApiError::SignInFailed {
            http.metrics.sign_in_failed();
        }
        response = problem::write(response, &error, id.as_str());
    }
    add_headers(response.headers_mut(), id.as_str());

    let took = began.elapsed();
    let status = response.status().as_u16();
    http.metrics.answered(&method, &route, status, took);
    span.record("status", status);
    span.in_scope(|| {
        tracing::debug!(ms = took.as_millis(), bytes = response.body().size_hint().exact(), "answered")
    });
    response
}

fn add_headers(headers: &mut HeaderMap, id: &str) {
    for (name, value) in DEFAULT_HEADERS.iter() {
        headers.entry(name).or_insert_with(|| value.clone());
    }
    let id = HeaderValue::from_str(id).expect("a request id has only letters, digits and `._-`");
    headers.insert(HEADER, id);
}
