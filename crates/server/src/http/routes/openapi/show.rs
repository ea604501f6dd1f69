//! `GET /api/v1/openapi.json`: the OpenAPI document.

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};

use crate::http::state::Shared;

/// The OpenAPI document
///
/// Returns this document as JSON. `/api/docs` shows it as a page.
#[utoipa::path(
    get, path = "/api/v1/openapi.json", tag = "meta", operation_id = "openapi",
    responses((status = 200, description = "This document.", body = Object)),
)]
pub(in crate::http) async fn handle(State(http): State<Shared>) -> Response {
    ([(CONTENT_TYPE, "application/json")], http.document.text.clone()).into_response()
}
