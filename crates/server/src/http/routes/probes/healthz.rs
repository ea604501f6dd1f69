//! `GET /healthz`: whether the process answers. It does not check the database or other parts, because a restart
//! would not repair them.

use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;

/// The process is alive.
#[derive(Serialize, ToSchema)]
#[schema(as = Alive)]
pub(in crate::http) struct Alive {
    #[schema(example = "alive")]
    status: &'static str,
    #[schema(example = "0.1.0")]
    version: &'static str,
}

/// Is the process alive?
///
/// A probe for a supervisor that restarts a process that hangs. The probe checks only that the process answers, and
/// does not wait for other requests.
#[utoipa::path(
    get, path = "/healthz", tag = "probes", operation_id = "healthz",
    responses((status = 200, description = "The process is alive.", body = Alive)),
)]
pub(in crate::http) async fn handle() -> Json<Alive> {
    Json(Alive { status: "alive", version: env!("CARGO_PKG_VERSION") })
}
