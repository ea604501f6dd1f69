//! Links companions: scan a QR code, type a pairing code.

use super::body::{Body, Problem};
use crate::control::{LinkedDevice, MockPhone, Phones};
use crate::world::World;
use axum::Json;
use axum::extract::{Path, State};
use serde::Deserialize;
use std::sync::Arc;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Qr {
    qr: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Code {
    code: String,
}

pub async fn scan(
    State(world): State<Arc<World>>,
    Path(number): Path<String>,
    Body(Qr { qr }): Body<Qr>,
) -> Result<Json<LinkedDevice>, Problem> {
    Ok(Json(Phones::new(world).scan(&number, &qr).await?))
}

pub async fn type_code(
    State(world): State<Arc<World>>,
    Path(number): Path<String>,
    Body(Code { code }): Body<Code>,
) -> Result<Json<LinkedDevice>, Problem> {
    Ok(Json(Phones::new(world).enter_pairing_code(&number, &code).await?))
}

/// Creates a phone and makes it scan the QR code. The body is the text of the code, or JSON as for `scan`.
pub async fn scan_with_made_phone(
    State(world): State<Arc<World>>,
    body: String,
) -> Result<Json<MockPhone>, Problem> {
    let qr = serde_json::from_str(&body).map_or(body, |Qr { qr }| qr);
    Ok(Json(Phones::new(world).scan_with_made_phone(&qr).await?))
}
