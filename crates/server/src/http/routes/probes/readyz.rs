//! `GET /readyz`: whether requests would succeed now. Each check has a name; a balancer only needs the status.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use linekeeper_storage::VaultError;
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::state::{Http, Shared};

/// A database that takes longer is no use to callers either.
const PATIENCE: Duration = Duration::from_secs(3);

/// All checks.
#[derive(Serialize, ToSchema)]
#[schema(as = Readiness)]
pub(in crate::http) struct Readiness {
    /// Whether requests would succeed now.
    ready: bool,
    /// Whether something is wrong that no request needs: a broker that takes no events.
    #[schema(example = false)]
    degraded: bool,
    checks: Vec<Check>,
}

/// One thing that must work.
#[derive(Serialize, ToSchema)]
#[schema(as = ReadinessCheck)]
struct Check {
    /// `storage`: the databases answer and can be written. `keys`: the server has the master key that new sessions are
    /// sealed with. `accounts`: all accounts were taken up after the start.
    /// `running`: the server is not stopping. `nats`, `amqp`, where they are configured: the broker takes events; one that
    /// does not makes the server degraded, and not unready.
    #[schema(example = "storage")]
    name: &'static str,
    ok: bool,
}

/// Is the server ready?
///
/// For a load balancer: tells whether the server can do its work, and which of its parts cannot.
#[utoipa::path(
    get, path = "/readyz", tag = "probes", operation_id = "readyz",
    responses(
        (status = 200, description = "It is.", body = Readiness),
        (status = 503, description = "The server is not ready. `checks` says what is missing.", body = Readiness),
    ),
)]
pub(in crate::http) async fn handle(State(http): State<Shared>) -> (StatusCode, Json<Readiness>) {
    let (storage, keys) = tokio::join!(storage_answers(&http), has_the_key(&http));
    let checks = vec![
        Check { name: "storage", ok: storage },
        Check { name: "keys", ok: keys },
        Check { name: "accounts", ok: http.accounts.is_restored() },
        Check { name: "running", ok: !http.stopping.is_cancelled() },
    ];
    let ready = checks.iter().all(|check| check.ok);
    let brokers: Vec<Check> = http.streams.health().map(|(name, ok)| Check { name, ok }).collect();
    let degraded = brokers.iter().any(|check| !check.ok);
    let checks: Vec<Check> = checks.into_iter().chain(brokers).collect();
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(Readiness { ready, degraded, checks }))
}

/// One that cannot be asked for because the database is down is no second trouble.
async fn has_the_key(http: &Http) -> bool {
    let asked = tokio::time::timeout(PATIENCE, http.storage.vault().can_seal()).await;
    !matches!(asked, Ok(Err(VaultError::Unreadable { .. })))
}

async fn storage_answers(http: &Http) -> bool {
    match tokio::time::timeout(PATIENCE, http.storage.ping()).await {
        Ok(Ok(())) => true,
        Ok(Err(error)) => {
            tracing::warn!(error = &error as &dyn std::error::Error, "not ready: storage");
            false
        }
        Err(_) => {
            tracing::warn!("not ready: storage did not answer in {} s", PATIENCE.as_secs());
            false
        }
    }
}
