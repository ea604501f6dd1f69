//! `GET /reset-password`: the page behind a password link. If a person opens the page without the token of a link, the
//! page offers to mail a link.

use axum::response::IntoResponse;

use crate::http::answer::pages;

pub(in crate::http) async fn html() -> impl IntoResponse {
    pages::html(include_str!("page.html"))
}

pub(in crate::http) async fn script() -> impl IntoResponse {
    pages::javascript(include_str!("page.js"))
}
