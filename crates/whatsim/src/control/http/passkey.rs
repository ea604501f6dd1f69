//! `/admin/phones/{number}/passkey`: shows a link that needs the phone's passkey, and makes the passkey respond.

use super::body::{Body, Problem};
use crate::control::{ControlError, PasskeyState, Phones};
use crate::world::World;
use axum::Json;
use axum::extract::{Path, State};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// The WebAuthn request that the companion got from the server. `options` is JSON, or a string that contains this
/// JSON.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    options: Value,
}

pub async fn show(
    State(world): State<Arc<World>>,
    Path(number): Path<String>,
) -> Result<Json<PasskeyState>, Problem> {
    Ok(Json(Phones::new(world).passkey(&number)?))
}

pub async fn answer(
    State(world): State<Arc<World>>,
    Path(number): Path<String>,
    Body(Question { options }): Body<Question>,
) -> Result<Json<Value>, Problem> {
    let options = options.as_str().map_or_else(|| options.to_string(), str::to_owned);
    let answer = Phones::new(world).use_passkey(&number, &options)?;
    let assertion: Value = serde_json::from_str(&answer.json)
        .map_err(|error| ControlError::field("options", error.to_string()))?;
    Ok(Json(json!({
        "credentialId": BASE64_URL_SAFE_NO_PAD.encode(answer.credential_id),
        "assertion": assertion,
    })))
}
