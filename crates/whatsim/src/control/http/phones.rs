//! `/admin/phones`: create, list, show and remove phones; unlink their devices.

use super::body::{Body, Problem};
use crate::control::{NewPhone, PhoneInfo, PhoneState, Phones};
use crate::world::World;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde_json::{Value, json};
use std::sync::Arc;

pub async fn create(
    State(world): State<Arc<World>>,
    Body(new): Body<NewPhone>,
) -> Result<(StatusCode, Json<PhoneInfo>), Problem> {
    Ok((StatusCode::CREATED, Json(Phones::new(world).create(new)?)))
}

pub async fn list(State(world): State<Arc<World>>) -> Json<Value> {
    Json(json!({ "phones": Phones::new(world).list() }))
}

pub async fn show(
    State(world): State<Arc<World>>,
    Path(number): Path<String>,
) -> Result<Json<PhoneState>, Problem> {
    Ok(Json(Phones::new(world).get(&number)?))
}

pub async fn remove(
    State(world): State<Arc<World>>,
    Path(number): Path<String>,
) -> Result<StatusCode, Problem> {
    Phones::new(world).remove(&number)?;
    Ok(StatusCode::NO_CONTENT)
}

pub async fn unlink(
    State(world): State<Arc<World>>,
    Path((number, device)): Path<(String, String)>,
) -> Result<StatusCode, Problem> {
    let device = device.parse().map_err(|_| Problem::field("device", "must be a device number"))?;
    Phones::new(world).unlink(&number, device)?;
    Ok(StatusCode::NO_CONTENT)
}
