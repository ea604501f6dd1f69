//! `GET /readyz`: whether requests would succeed now. Each check has a name. A load balancer only needs the status.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use linekeeper_storage::VaultError;
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::state::{Http, Shared};

/// How long the probe waits for the database. A database that takes longer is too slow for callers too.
const PATIENCE: Duration = Duration::from_secs(3);

/// Whether the server is ready, with all checks.
#[derive(Serialize, ToSchema)]
#[schema(as = Readiness)]
pub(in crate::http) struct Readiness {
    /// Whether requests would succeed now.
    ready: bool,
    /// Whether an optional part of the server does not work, such as a broker that does not accept events. Requests
    /// succeed without this part.
    #[schema(example = false)]
    degraded: bool,
    checks: Vec<Check>,
}

/// One part of the server, and whether it works.
#[derive(Serialize, ToSchema)]
#[schema(as = ReadinessCheck)]
struct Check {
    /// `storage`: the databases answer and can be written. `keys`: the server has the master key that encrypts new
    /// sessions. `accounts`: the server has started all its accounts. `running`: the server is not stopping. `nats`,
    /// `amqp`, if they are configured: the broker accepts events. If a broker does not accept events, the server is
    /// degraded but still ready.
    #[schema(example = "storage")]
    name: &'static str,
    ok: bool,
}

/// Is the server ready?
///
/// A probe for a load balancer. The answer says whether the server can handle requests, and which parts do not work.
#[utoipa::path(
    get, path = "/readyz", tag = "probes", operation_id = "readyz",
    responses(
        (status = 200, description = "The server is ready.", body = Readiness),
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

/// Whether the master key opens the vault, the encrypted store of sessions. If the database is down, the key cannot be
/// checked. In that case this function returns true, so that one problem is not reported twice.
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
