//! Checks that the log explains every change: each status begins with the status in which the previous change
//! ended.

use std::collections::HashMap;

use anyhow::{Context as _, ensure};
use serde_json::Value;

use crate::server::Server;

/// Reads the whole log and returns how many status changes it contains.
pub async fn check(server: &Server) -> anyhow::Result<usize> {
    let mut last: HashMap<String, Value> = HashMap::new();
    let (mut after, mut changes) = ("0".to_owned(), 0);
    loop {
        let page = server.get(&format!("/events?after={after}&types=account.status&limit=200")).await?;
        let events = page["data"].as_array().context("a list")?;
        if events.is_empty() {
            break;
        }
        for event in events {
            let account = event["accountId"].as_str().context("an account")?.to_owned();
            let (from, to) = (&event["data"]["from"], &event["data"]["to"]);
            if let Some(before) = last.get(&account) {
                ensure!(from["reason"] == *before, "{account}: {before} is followed by a change from {from}");
            }
            last.insert(account, to["reason"].clone());
            changes += 1;
        }
        after = page["nextCursor"].as_str().context("a cursor")?.to_owned();
    }
    for account in server.accounts("").await? {
        let id = account["id"].as_str().context("an id")?;
        let told = last.get(id).with_context(|| format!("the log does not know {id}"))?.clone();
        let now = &account["status"]["reason"];
        ensure!(told == *now, "{id} is {now}, and the log ends with {told}");
    }
    Ok(changes)
}
