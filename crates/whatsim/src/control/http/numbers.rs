//! The admin routes for aliases of phone numbers, for phones that reveal their hidden number, and for a phone's
//! settings.

use super::body::{Body, Problem};
use crate::control::Phones;
use crate::world::World;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Alias {
    typed: String,
    number: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Told {
    to: String,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Settings {
    delivery_receipts: bool,
}

pub async fn alias(
    State(world): State<Arc<World>>,
    Body(alias): Body<Alias>,
) -> Result<(StatusCode, Json<Alias>), Problem> {
    Phones::new(world).alias(&alias.typed, &alias.number)?;
    Ok((StatusCode::CREATED, Json(alias)))
}

pub async fn aliases(State(world): State<Arc<World>>) -> Json<Value> {
    let aliases = Phones::new(world).aliases().into_iter().map(|(typed, number)| Alias { typed, number });
    Json(json!({ "aliases": aliases.collect::<Vec<_>>() }))
}

pub async fn tell(
    State(world): State<Arc<World>>,
    Path(number): Path<String>,
    Body(Told { to }): Body<Told>,
) -> Result<StatusCode, Problem> {
    Phones::new(world).tell_number(&number, &to).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub async fn configure(
    State(world): State<Arc<World>>,
    Path(number): Path<String>,
    Body(settings): Body<Settings>,
) -> Result<Json<Settings>, Problem> {
    Phones::new(world).confirm_deliveries(&number, settings.delivery_receipts)?;
    Ok(Json(settings))
}
