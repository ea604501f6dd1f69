//! An outage that is longer than all retries: the status asks a person to act, and the account still recovers by
//! itself.

use std::time::Duration;

use serde_json::Value;
use whatsim::FaultKind;

use crate::deadline::until_after;
use crate::product::installation::Installation;
use crate::sim::Sim;

#[tokio::test]
async fn an_account_recovers_after_its_retries_are_exhausted() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let mut installation = Installation::new(&sim).await?;
    installation.set("WHATSAPP_PROBE_INTERVAL", 2);
    let (server, account, number) = installation.online(&sim).await?;

    let fault = sim.fault(&number, FaultKind::RefuseConnect, 1000)?;
    sim.fault(&number, FaultKind::DropConnection, 1)?;
    // The delays of the retries are 1 + 2 + 4 + 8 + 16 s, plus up to a fifth of jitter.
    let failed = until_after(Duration::from_secs(60), "the end of the schedule", async || {
        let body = server.api.account(&account).await.ok()?;
        (body["status"]["reason"] == "retries_exhausted").then_some(body)
    })
    .await?;
    assert_eq!(
        (&failed["connectionStatus"], &failed["healthStatus"]),
        (&"Failed".into(), &"Critical".into())
    );
    assert!(failed["status"]["nextRetryAt"].is_string(), "the quiet probe: {failed}");

    sim.clear(fault)?;
    let back = server.api.reaches(&account, "online").await?;
    assert_eq!(back["status"]["attempt"], 0);
    let between = statuses_between(&server.api.events().await?, "retries_exhausted", "online");
    assert_eq!(between, Vec::<String>::new(), "a quiet probe shows nothing on its way");
    sim.finish().await?;
    Ok(())
}

/// The reasons of all status changes in the log after the first change to `from` and before the last change to `to`.
fn statuses_between(events: &[Value], from: &str, to: &str) -> Vec<String> {
    let statuses = events.iter().filter(|event| event["type"] == "account.status");
    let reasons: Vec<_> = statuses.filter_map(|event| event["data"]["to"]["reason"].as_str()).collect();
    let first = reasons.iter().position(|reason| *reason == from).unwrap_or_default();
    let last = reasons.iter().rposition(|reason| *reason == to).unwrap_or_default();
    reasons[first + 1..last].iter().map(|reason| (*reason).to_owned()).collect()
}
