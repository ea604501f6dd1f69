//! The ways in which WhatsApp can refuse a login, and what the status tells the operator.

use serde_json::Value;
use whatsim::{Failure, FaultKind};

use crate::product::installation::online;
use crate::sim::Sim;

const fn failure(reason: u16) -> Failure {
    Failure { reason, expire: None, code: None, message: None, url: None }
}

/// Makes the next login of an account fail with `failure`. Returns the account when its status has the reason `reason`.
async fn turned_away(failure: Failure, reason: &str) -> anyhow::Result<Value> {
    let sim = Sim::start().await?;
    let (_installation, server, account, number) = online(&sim).await?;
    sim.fault(&number, FaultKind::Failure(failure), 1)?;
    sim.fault(&number, FaultKind::DropConnection, 1)?;
    let failed = server.api.reaches(&account, reason).await?;
    assert_eq!(
        (&failed["connectionStatus"], &failed["healthStatus"]),
        (&"Failed".into(), &"Critical".into())
    );
    assert_eq!(failed["status"]["nextRetryAt"], Value::Null, "nothing is tried by itself");
    sim.finish().await?;
    Ok(failed)
}

#[tokio::test]
async fn a_login_refused_with_401_is_reported_as_logged_out() -> anyhow::Result<()> {
    let failed = turned_away(failure(401), "logged_out").await?;
    assert_eq!(failed["status"]["action"], "link");
    Ok(())
}

#[tokio::test]
async fn a_402_at_login_is_reported_as_temporarily_banned_with_the_end_time() -> anyhow::Result<()> {
    let ban = Failure { expire: Some(3600), code: Some(101), ..failure(402) };
    let failed = turned_away(ban, "temporarily_banned").await?;
    let message = failed["status"]["message"].as_str().unwrap_or_default();
    assert!(message.contains("ban ends at"), "{message}");
    Ok(())
}

#[tokio::test]
async fn a_402_at_login_without_an_end_time_is_reported_as_temporarily_banned() -> anyhow::Result<()> {
    turned_away(failure(402), "temporarily_banned").await?;
    Ok(())
}

#[tokio::test]
async fn a_login_refused_with_403_is_reported_as_account_locked() -> anyhow::Result<()> {
    let failed = turned_away(failure(403), "account_locked").await?;
    assert_eq!(failed["status"]["action"], "check_phone");
    Ok(())
}

#[tokio::test]
async fn a_login_refused_with_405_is_reported_as_client_outdated() -> anyhow::Result<()> {
    let failed = turned_away(failure(405), "client_outdated").await?;
    assert_eq!(failed["status"]["action"], "update");
    Ok(())
}

#[tokio::test]
async fn a_login_refused_with_400_is_reported_with_the_code() -> anyhow::Result<()> {
    let failed = turned_away(failure(400), "refused").await?;
    let message = failed["status"]["message"].as_str().unwrap_or_default();
    assert!(message.contains("400"), "{message}");
    Ok(())
}
