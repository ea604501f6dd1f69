//! The state of the simulation, for tests and for scrapers.

use crate::control;
use crate::world::World;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use std::sync::Arc;

pub async fn show(State(world): State<Arc<World>>) -> Json<control::State> {
    Json(control::State::of(&world))
}

pub async fn reset_peaks(State(world): State<Arc<World>>) -> StatusCode {
    world.reset_peaks();
    StatusCode::NO_CONTENT
}

pub async fn metrics(State(world): State<Arc<World>>) -> impl IntoResponse {
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(CONTENT_TYPE, kind)], world.metrics.expose())
}
