//! Messages in both directions between an API client and phones.

mod acts;
mod again;
mod erase;
mod faults;
pub mod files;
mod group;
mod inbound;
pub mod kept;
mod kill;
mod merged;
mod outbound;
mod pace;
mod samples;

use std::collections::HashMap;

use anyhow::{Context as _, ensure};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use whatsim::NewGroup;

use super::api::Api;
use super::installation::Installation;
use crate::deadline::until;
use crate::sim::Sim;

/// An installation whose server makes no pauses between messages.
async fn unhurried(sim: &Sim) -> anyhow::Result<Installation> {
    let mut installation = Installation::new(sim).await?;
    installation.set("WHATSAPP_MESSAGE_RATE_LIMIT", 0);
    Ok(installation)
}

/// A client of the routes for the messages of one account.
struct Desk<'a> {
    api: &'a Api,
    account: &'a str,
}

impl Desk<'_> {
    /// Waits until the account has no messages left to send.
    async fn queue_is_empty(&self) -> anyhow::Result<()> {
        until("an empty queue", async || {
            let queue = self.get("queue").await.ok()?;
            (queue["waiting"] == 0).then_some(())
        })
        .await
    }

    async fn get(&self, path: &str) -> anyhow::Result<Value> {
        let path = format!("/whatsapp/accounts/{}/{path}", self.account);
        let (status, body) = self.api.call(Method::GET, &path, None).await?;
        ensure!(status.is_success(), "{status}: {body}");
        Ok(body)
    }

    async fn post(&self, path: &str, body: Value) -> anyhow::Result<(StatusCode, Value)> {
        let path = format!("/whatsapp/accounts/{}/{path}", self.account);
        self.api.call(Method::POST, &path, Some(body)).await
    }

    async fn send(&self, body: Value) -> anyhow::Result<Value> {
        let (status, message) = self.post("messages", body).await?;
        ensure!(status == StatusCode::ACCEPTED, "{status}: {message}");
        Ok(message)
    }

    async fn send_text(&self, to: &str, text: &str) -> anyhow::Result<Value> {
        self.send(json!({ "to": to, "type": "text", "text": { "body": text } })).await
    }

    /// Waits until the message has one of these statuses, and returns it.
    async fn reaches(&self, message: &Value, statuses: &[&str]) -> anyhow::Result<Value> {
        let id = message["id"].as_str().context("a message has an id")?;
        until(format!("status {statuses:?}"), async || {
            let message = self.get(&format!("messages/{id}")).await.ok()?;
            statuses.contains(&message["status"].as_str()?).then_some(message)
        })
        .await
    }

    /// Waits until the list has this many entries, and returns them.
    async fn listed(&self, path: &str, count: usize) -> anyhow::Result<Vec<Value>> {
        until(format!("{count} of {path}"), async || {
            let page = self.get(path).await.ok()?;
            let data = page["data"].as_array()?;
            (data.len() >= count).then(|| data.clone())
        })
        .await
    }
}

/// Bob, Cid, and a group of Cid, Bob and the account, which Cid created.
fn choir(sim: &Sim, number: &str) -> anyhow::Result<[String; 3]> {
    let (bob, cid) = (sim.phone("Bob")?, sim.phone("Cid")?);
    let members = vec![number.to_owned(), bob.clone()];
    let group = NewGroup { subject: "Choir".to_owned(), creator: cid.clone(), members, lid: false };
    let group = sim.server().phones().create_group(group)?.id;
    Ok([bob, cid, group])
}

/// The `data` of the events of one type, in order.
async fn events_of(api: &Api, kind: &str) -> anyhow::Result<Vec<Value>> {
    let events = api.events().await?;
    Ok(events.into_iter().filter(|event| event["type"] == kind).map(|event| event["data"].clone()).collect())
}

/// How often each text occurs.
fn counted(texts: impl Iterator<Item = String>) -> HashMap<String, usize> {
    let mut counted = HashMap::new();
    for text in texts {
        *counted.entry(text).or_default() += 1;
    }
    counted
}
