//! `GET /reset-password`: the page behind a link to a new password; without a link it asks for one.

use axum::response::IntoResponse;

use crate::http::answer::pages;

pub(in crate::http) async fn html() -> impl IntoResponse {
    pages::html(include_str!("page.html"))
}

pub(in crate::http) async fn script() -> impl IntoResponse {
    pages::javascript(include_str!("page.js"))
}
