//! `GET /setup`: the page behind the one-time link. Once there is an Owner, it says how to sign in.

use axum::extract::State;
use axum::response::{IntoResponse, Response};

use super::create::has_owner;
use crate::http::answer::error::ApiError;
use crate::http::answer::pages;
use crate::http::state::Shared;

pub(in crate::http) async fn html(State(http): State<Shared>) -> Result<Response, ApiError> {
    let page = if has_owner(&http).await? { include_str!("set_up.html") } else { include_str!("page.html") };
    Ok(pages::html(page).into_response())
}

pub(in crate::http) async fn script() -> impl IntoResponse {
    pages::javascript(include_str!("page.js"))
}
