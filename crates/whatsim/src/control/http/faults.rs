//! `/admin/faults`: set, list and clear faults.

use super::body::{Body, Problem};
use crate::control::{AddedFault, ControlError, FaultControl};
use crate::faults::{FaultKind, NewFault};
use crate::world::World;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    scope: String,
    kind: String,
    times: Option<u32>,
    until: Option<Timestamp>,
    params: Option<Value>,
}

impl Request {
    fn into_fault(self) -> Result<NewFault, ControlError> {
        let scope = self.scope.parse().map_err(|e| ControlError::field("scope", format!("{e}")))?;
        let kind = FaultKind::parse(&self.kind, self.params).map_err(|error| match error {
            crate::faults::KindError::Unknown(_) => ControlError::field("kind", error.to_string()),
            crate::faults::KindError::Params { .. } => ControlError::field("params", error.to_string()),
        })?;
        Ok(NewFault { scope, kind, times: self.times, until: self.until })
    }
}

pub async fn add(
    State(world): State<Arc<World>>,
    Body(request): Body<Request>,
) -> Result<(StatusCode, Json<AddedFault>), Problem> {
    Ok((StatusCode::CREATED, Json(FaultControl::new(world).add(request.into_fault()?)?)))
}

pub async fn list(State(world): State<Arc<World>>) -> Json<Value> {
    Json(json!({ "faults": FaultControl::new(world).list() }))
}

pub async fn clear(State(world): State<Arc<World>>, Path(id): Path<String>) -> Result<StatusCode, Problem> {
    let id = id.parse().map_err(|_| Problem::field("id", "must be the id of a fault"))?;
    FaultControl::new(world).clear(id)?;
    Ok(StatusCode::NO_CONTENT)
}
