//! `/admin/outage`: makes the whole server unreachable for a while, including this API.

use super::body::{Body, Problem};
use crate::control::ControlError;
use crate::port::{Guests, Port};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;

/// The maximum length of an outage, in seconds.
const LONGEST: u64 = 600;

/// The length of the outage, in seconds.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Outage {
    seconds: u64,
}

pub async fn begin(
    Extension(port): Extension<Arc<Port>>,
    Body(outage): Body<Outage>,
) -> Result<(StatusCode, Json<Outage>), Problem> {
    if !(1..=LONGEST).contains(&outage.seconds) {
        return Err(ControlError::field("seconds", format!("must be 1 to {LONGEST}")).into());
    }
    port.outage(Duration::from_secs(outage.seconds));
    Ok((StatusCode::ACCEPTED, Json(outage)))
}

/// Answers 503 to a request that is still in progress when the outage begins.
pub async fn cut_off(State(guests): State<Guests>, request: Request, next: Next) -> Response {
    tokio::select! {
        biased;
        response = next.run(request) => response,
        () = guests.dark.cancelled() => {
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, "outage", "the server is vanishing").into_response()
        }
    }
}
