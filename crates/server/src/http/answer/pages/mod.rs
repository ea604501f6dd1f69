//! The common parts of the pages for browsers: the style, the script for forms, and a content security policy
//! without exceptions for inline code.

use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::IntoResponse;

/// The content security policy: a page loads files only from this server, and sends requests only to it.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; \
     img-src 'self' data:; form-action 'none'; frame-ancestors 'none'; base-uri 'none'";

/// A page, with the content security policy.
pub(in crate::http) fn html(page: &'static str) -> impl IntoResponse {
    ([(CONTENT_TYPE, "text/html; charset=utf-8"), (CONTENT_SECURITY_POLICY, POLICY)], page)
}

/// A page's style.
pub(in crate::http) fn css(style: &'static str) -> impl IntoResponse {
    ([(CONTENT_TYPE, "text/css; charset=utf-8")], style)
}

/// A page's script.
pub(in crate::http) fn javascript(script: &'static str) -> impl IntoResponse {
    ([(CONTENT_TYPE, "text/javascript; charset=utf-8")], script)
}

/// `GET /pages/page.css`.
pub(in crate::http) async fn style() -> impl IntoResponse {
    css(include_str!("page.css"))
}

/// `GET /pages/form.js`.
pub(in crate::http) async fn form() -> impl IntoResponse {
    javascript(include_str!("form.js"))
}

/// `GET /pages/icon.svg`: the logo, which the dashboard uses too.
pub(in crate::http) async fn icon() -> impl IntoResponse {
    ([(CONTENT_TYPE, "image/svg+xml")], include_str!("icon.svg"))
}
