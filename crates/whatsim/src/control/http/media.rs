//! The admin routes for the media server: its certificate authority, and the expiry of its files.

use crate::world::World;
use axum::Json;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use serde_json::{Value, json};
use std::sync::Arc;

pub async fn authority(State(world): State<Arc<World>>) -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/x-pem-file")], world.media.authority.pem())
}

pub async fn expire(State(world): State<Arc<World>>) -> Json<Value> {
    Json(json!({ "expired": world.media.store.expire_all(world.clock.now()) }))
}
