//! The statuses of an account in the event log, and a check that none is missing.

use anyhow::{Context as _, ensure};
use serde_json::Value;

/// One change of status.
#[derive(Debug)]
pub struct Change {
    pub from: Option<String>,
    pub to: String,
    pub duration_ms: Option<u64>,
}

/// The account's changes of status in the order of the log. Each change must begin with the status in which the
/// previous one ended. A gap would be a change without an event.
pub fn unbroken(events: &[Value], account: &str) -> anyhow::Result<Vec<Change>> {
    let of_account = events.iter().filter(|event| event["accountId"] == account);
    let statuses = of_account.filter(|event| event["type"] == "account.status");
    let changes: Vec<_> = statuses.map(change).collect::<Result<_, _>>()?;
    for (before, after) in changes.iter().zip(changes.iter().skip(1)) {
        ensure!(
            after.from.as_ref() == Some(&before.to),
            "between {before:?} and {after:?} something was not told"
        );
    }
    Ok(changes)
}

/// The reason of each new status, in order.
pub fn reasons(changes: &[Change]) -> Vec<&str> {
    changes.iter().map(|change| change.to.as_str()).collect()
}

fn change(event: &Value) -> anyhow::Result<Change> {
    let data = &event["data"];
    let duration = &data["durationMs"];
    // This also refuses negative durations.
    ensure!(duration.is_null() || duration.is_u64(), "{event}");
    Ok(Change {
        from: data["from"]["reason"].as_str().map(str::to_owned),
        to: data["to"]["reason"].as_str().context("a reason")?.to_owned(),
        duration_ms: duration.as_u64(),
    })
}
