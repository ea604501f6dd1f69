//! What the probes report, and what the API answers, while the storage is unreachable and after it returns.

use anyhow::{Context as _, ensure};
use reqwest::{Method, StatusCode};
use serde_json::Value;

use crate::deadline::until;
use crate::product::installation::Server;

/// The status and the body of a probe's answer.
pub async fn probe(server: &Server, path: &str) -> anyhow::Result<(StatusCode, Value)> {
    let response = reqwest::get(format!("{}{path}", server.base)).await?;
    Ok((response.status(), serde_json::from_slice(&response.bytes().await?)?))
}

/// Waits until the readiness probe reports that only the storage is missing. Then checks that the liveness probe
/// still succeeds.
pub async fn storage_is_missed(server: &Server) -> anyhow::Result<()> {
    let ready = until("a server that is not ready", async || {
        let (status, body) = probe(server, "/readyz").await.ok()?;
        (status == StatusCode::SERVICE_UNAVAILABLE).then_some(body)
    })
    .await?;
    let checks = ready["checks"].as_array().context("checks")?;
    let missing: Vec<_> = checks.iter().filter(|check| check["ok"] == false).collect();
    ensure!(missing.len() == 1 && missing[0]["name"] == "storage", "{ready}");
    let (alive, body) = probe(server, "/healthz").await?;
    ensure!(alive == StatusCode::OK, "{alive}: {body}");
    Ok(())
}

/// Waits until the readiness probe reports that the server is ready.
pub async fn is_ready(server: &Server) -> anyhow::Result<()> {
    until("a server that is ready again", async || {
        let (status, _) = probe(server, "/readyz").await.ok()?;
        (status == StatusCode::OK).then_some(())
    })
    .await
}

/// Checks that the API answers a call with `storage_unavailable`.
pub async fn refused(server: &Server, method: Method, path: &str) -> anyhow::Result<()> {
    let (status, problem) = server.api.call(method.clone(), path, None).await?;
    ensure!(
        status == StatusCode::SERVICE_UNAVAILABLE && problem.to_string().contains("storage_unavailable"),
        "{method} {path}: {status}: {problem}"
    );
    Ok(())
}
