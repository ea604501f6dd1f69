//! `/admin/groups`: create, list and show groups.

use super::body::{Body, Problem};
use crate::control::{GroupInfo, NewGroup, Phones};
use crate::world::World;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde_json::{Value, json};
use std::sync::Arc;

pub async fn create(
    State(world): State<Arc<World>>,
    Body(new): Body<NewGroup>,
) -> Result<(StatusCode, Json<GroupInfo>), Problem> {
    Ok((StatusCode::CREATED, Json(Phones::new(world).create_group(new)?)))
}

pub async fn list(State(world): State<Arc<World>>) -> Json<Value> {
    Json(json!({ "groups": Phones::new(world).groups() }))
}

pub async fn show(
    State(world): State<Arc<World>>,
    Path(id): Path<String>,
) -> Result<Json<GroupInfo>, Problem> {
    Ok(Json(Phones::new(world).group(&id)?))
}
