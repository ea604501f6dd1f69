//! `GET /pair`: the page behind a pairing link, with its style and script.

use axum::response::IntoResponse;

use crate::http::answer::pages;

pub(in crate::http) async fn html() -> impl IntoResponse {
    pages::html(include_str!("page.html"))
}

pub(in crate::http) async fn style() -> impl IntoResponse {
    pages::css(include_str!("page.css"))
}

pub(in crate::http) async fn script() -> impl IntoResponse {
    pages::javascript(include_str!("page.js"))
}
