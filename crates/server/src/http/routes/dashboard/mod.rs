//! `GET /`: the dashboard, or a page that says that this build has none. As long as there is no Owner, `GET /`
//! redirects to the setup page. `GET /assets/..`: the dashboard's files, whose names change with their contents.

mod files;

use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Redirect, Response};

use super::setup::create::has_owner;
use crate::http::answer::error::ApiError;
use crate::http::answer::pages;
use crate::http::state::Shared;

/// The content security policy of the dashboard. It allows only files from this server, and pictures, sounds and
/// videos that the page itself fetched. Text never runs as code. Browsers with Trusted Types accept HTML only from
/// Svelte's own templates.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; connect-src 'self'; \
     img-src 'self' data: blob:; media-src 'self' blob:; form-action 'none'; frame-ancestors 'none'; base-uri 'none'; \
     require-trusted-types-for 'script'; trusted-types svelte-trusted-html",
);
const OPENER: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
/// The header `Cache-Control` of files in `/assets`. Browsers may keep them, because a file with other contents gets
/// another name.
const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

pub(in crate::http) async fn page(
    State(http): State<Shared>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    if !has_owner(&http).await? {
        return Ok(Redirect::to("/setup").into_response());
    }
    let Some(page) = files::answer("index.html", &headers) else {
        return Ok(pages::html(include_str!("missing.html")).into_response());
    };
    let guards = [(CONTENT_SECURITY_POLICY, POLICY), (OPENER, HeaderValue::from_static("same-origin"))];
    Ok((guards, page).into_response())
}

pub(in crate::http) async fn asset(
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let file = files::answer(&format!("assets/{name}"), &headers).ok_or(ApiError::RouteNotFound)?;
    Ok(([(CACHE_CONTROL, FOR_EVER)], file).into_response())
}
