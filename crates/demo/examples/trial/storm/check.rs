//! What must hold after the storm.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use serde_json::Value;

use super::Plan;
use super::api::Api;
use super::consumers::TYPE;
use super::traffic::{self, Accepted};
use crate::bench::Linked;
use crate::report::say;

const FOR_RESENDS: Duration = Duration::from_secs(60);

/// Checks that each message of a phone is in the log once. Returns the ids of the events in the order of the log.
/// It waits a moment for messages that the server could not read and has asked for again.
pub async fn log(api: &Api, plan: &Plan, accounts: &[Linked]) -> anyhow::Result<Vec<String>> {
    let began = Instant::now();
    loop {
        match complete_log(api, plan).await {
            Ok(ids) => return Ok(ids),
            Err(error) if began.elapsed() > FOR_RESENDS => {
                return Err(error.context(format!("unreadable are {:?}", unreadable(api, accounts).await?)));
            }
            Err(_) => tokio::time::sleep(Duration::from_secs(1)).await,
        }
    }
}

/// WhatsApp's ids of received messages that could not be read.
async fn unreadable(api: &Api, accounts: &[Linked]) -> anyhow::Result<Vec<String>> {
    let mut found = Vec::new();
    for one in accounts {
        let path = format!("/whatsapp/accounts/{}/messages?direction=inbound&limit=200", one.account);
        let all = api.all(&path, "cursor").await?;
        let lost = all.iter().filter(|message| message["type"] == "undecryptable");
        found.extend(lost.map(|message| message["waMessageId"].to_string()));
    }
    Ok(found)
}

async fn complete_log(api: &Api, plan: &Plan) -> anyhow::Result<Vec<String>> {
    let events = api.all(&format!("/events?types={TYPE}&limit=500"), "after").await?;
    let mut texts = BTreeMap::<&str, usize>::new();
    for event in &events {
        let body = event["data"]["message"]["text"]["body"].as_str();
        *texts.entry(body.unwrap_or("no text")).or_default() += 1;
    }
    let expected: BTreeSet<String> = (0..plan.inbound).map(traffic::text).collect();
    let missing: Vec<_> = expected.iter().filter(|text| !texts.contains_key(text.as_str())).collect();
    let doubled: Vec<_> = texts.iter().filter(|(_, count)| **count > 1).collect();
    let strange: Vec<_> = texts.keys().filter(|text| !expected.contains(**text)).collect();
    ensure!(
        missing.is_empty() && doubled.is_empty() && strange.is_empty(),
        "of {} inbound messages {} are not in the log {:?}, {} came twice {:?}, {} are unknown {:?}",
        plan.inbound,
        missing.len(),
        missing.iter().take(9).collect::<Vec<_>>(),
        doubled.len(),
        doubled.iter().take(9).collect::<Vec<_>>(),
        strange.len(),
        strange.iter().take(9).collect::<Vec<_>>(),
    );
    events.iter().map(|event| Ok(event["id"].as_str().context("an id")?.to_owned())).collect()
}

/// Checks that each accepted message reached its recipient once, and that the messages of a chat arrived in the
/// order in which the API accepted them.
pub fn inboxes(simulator: &whatsim::Server, people: &[String], accepted: &Accepted) -> anyhow::Result<()> {
    let (mut wrong, mut disordered) = (Vec::new(), 0);
    for person in people {
        let inbox = simulator.phones().inbox(person, 0)?;
        // A message that a phone could not read at first arrives later, with a new index.
        let asked_again = inbox.last().is_some_and(|last| last.index != inbox.len() as u64);
        let mut came = BTreeMap::<String, Vec<String>>::new();
        for message in &inbox {
            let text = message.text().unwrap_or_default().to_owned();
            let number = message.from.split('@').next().unwrap_or_default();
            came.entry(number.to_owned()).or_default().push(text);
        }
        for ((account, to), sent) in accepted.iter().filter(|((_, to), _)| to == person) {
            let came = came.remove(account).unwrap_or_default();
            let (mut once, mut expected) = (came.clone(), sent.clone());
            once.sort();
            expected.sort();
            if once != expected {
                wrong.push(format!("{account} to {to}: {} accepted, {} came", sent.len(), came.len()));
            } else if came != *sent {
                ensure!(asked_again, "the chat of {account} and {to} is out of order: {came:?}");
                disordered += 1;
            }
        }
    }
    ensure!(
        wrong.is_empty(),
        "{} chats are wrong: {:?}",
        wrong.len(),
        wrong.iter().take(9).collect::<Vec<_>>()
    );
    if disordered > 0 {
        say(&format!("{disordered} chats are out of order where a phone asked for a message again"));
    }
    Ok(())
}

/// Checks that no message is still on its way. Returns the number of messages by status.
pub async fn statuses(api: &Api, accounts: &[Linked]) -> anyhow::Result<BTreeMap<String, usize>> {
    let mut statuses = BTreeMap::new();
    for one in accounts {
        let path = format!("/whatsapp/accounts/{}/messages?direction=outbound&limit=200", one.account);
        for message in api.all(&path, "cursor").await? {
            *statuses.entry(message["status"].as_str().unwrap_or_default().to_owned()).or_default() += 1;
        }
    }
    for stuck in ["queued", "sending", "unknown", "failed"] {
        ensure!(!statuses.contains_key(stuck), "some messages are {stuck}: {statuses:?}");
    }
    Ok(statuses)
}

/// Checks that everything arrived, perhaps more than once. Returns how many events arrived again.
pub fn at_least_once(who: &str, expected: &[String], came: &[String]) -> anyhow::Result<usize> {
    let came_once: BTreeSet<&String> = came.iter().collect();
    let missing = expected.iter().filter(|id| !came_once.contains(id)).count();
    ensure!(missing == 0, "{who} misses {missing} of {} events", expected.len());
    Ok(came.len() - came_once.len())
}

/// Checks that everything arrived exactly once and in the order of the log.
pub fn exactly_once(who: &str, expected: &[String], came: &[String]) -> anyhow::Result<()> {
    let again = at_least_once(who, expected, came)?;
    ensure!(again == 0, "{who} has {again} events twice");
    ensure!(expected == came, "{who} has them in another order");
    Ok(())
}

/// How many events are left to deliver to a webhook.
pub fn lag(webhook: &Value) -> u64 {
    webhook["lag"].as_u64().unwrap_or(u64::MAX)
}
