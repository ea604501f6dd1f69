//! `GET /`: to the setup page while there is no Owner, otherwise a page that says what this is.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};

use super::setup::create::has_owner;
use crate::http::answer::error::ApiError;
use crate::http::answer::pages;
use crate::http::state::Shared;

pub(in crate::http) async fn handle(State(http): State<Shared>) -> Result<Response, ApiError> {
    if !has_owner(&http).await? {
        return Ok(Redirect::to("/setup").into_response());
    }
    Ok(pages::html(include_str!("landing.html")).into_response())
}
