//! Temporary errors. While the account waits, its status has the right reason. Afterwards, the account is online
//! again.

use whatsim::{Failure, FaultKind, StreamError};

use crate::deadline::until_after;
use crate::product::installation::online;
use crate::sim::Sim;

async fn passes(kind: FaultKind, reason: &str) -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let (_installation, server, account, number) = online(&sim).await?;
    sim.fault(&number, kind, 1)?;
    let waiting = server.api.reaches(&account, reason).await?;
    assert_eq!(
        (&waiting["connectionStatus"], &waiting["status"]["attempt"]),
        (&"Connecting".into(), &1.into())
    );
    assert!(waiting["status"]["nextRetryAt"].is_string(), "{waiting}");
    server.api.reaches(&account, "online").await?;
    sim.finish().await?;
    Ok(())
}

#[tokio::test]
async fn a_stream_error_503_is_reported_as_service_unavailable() -> anyhow::Result<()> {
    passes(FaultKind::StreamError(StreamError { code: 503 }), "service_unavailable").await
}

#[tokio::test]
async fn a_stream_error_429_is_reported_as_rate_limited() -> anyhow::Result<()> {
    passes(FaultKind::StreamError(StreamError { code: 429 }), "rate_limited").await
}

#[tokio::test]
async fn a_login_answered_with_500_is_retried() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let (_installation, server, account, number) = online(&sim).await?;
    let failure = Failure { reason: 500, expire: None, code: None, message: None, url: None };
    sim.fault(&number, FaultKind::Failure(failure), 1)?;
    sim.fault(&number, FaultKind::DropConnection, 1)?;
    server.api.reaches(&account, "service_unavailable").await?;
    server.api.reaches(&account, "online").await?;
    sim.finish().await?;
    Ok(())
}

/// The socket stays open, but nothing answers on it. There is no close message and no error, so the server notices
/// this only when its ping gets no answer.
#[tokio::test]
async fn an_open_but_dead_socket_is_reported_as_keepalive_timeout() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let (_installation, server, account, number) = online(&sim).await?;
    let fault = sim.fault(&number, FaultKind::BlackHole, 1)?;
    let patience = std::time::Duration::from_secs(90);
    until_after(patience, "a dead socket to be noticed", async || {
        let body = server.api.account(&account).await.ok()?;
        (body["status"]["reason"] == "keepalive_timeout").then_some(())
    })
    .await?;
    sim.clear(fault)?;
    server.api.reaches(&account, "online").await?;
    sim.finish().await?;
    Ok(())
}
