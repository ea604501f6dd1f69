//! Numbered messages both ways. Phones write, and a program sends each message until the API accepts it.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};

use super::Plan;
use super::api::Api;
use crate::bench::Linked;

/// The texts that the API accepted, in that order, for each chat between an account and a person.
pub type Accepted = BTreeMap<(String, String), Vec<String>>;

/// The text of an inbound message.
pub fn text(number: usize) -> String {
    format!("in {number}")
}

/// Phones write to all accounts in turn. The messages are spread over the duration of the storm.
pub fn write(
    simulator: &whatsim::Server,
    plan: &Plan,
    people: &[String],
    accounts: &[Linked],
    tasks: &mut JoinSet<anyhow::Result<()>>,
) {
    let (phones, people) = (simulator.phones(), people.to_vec());
    let numbers: Vec<String> = accounts.iter().map(|one| one.number.clone()).collect();
    let (count, mut pace) = (plan.inbound, pace(plan.lasts, plan.inbound));
    tasks.spawn(async move {
        for number in 0..count {
            pace.tick().await;
            let (person, to) =
                (&people[number % people.len()], &numbers[number / people.len() % numbers.len()]);
            phones.send_text(person, to, &text(number)).await?;
        }
        Ok(())
    });
}

/// For each account, a program sends one message after the other. It sends a message that was not accepted again
/// under the same idempotency key.
pub fn send(
    api: &Api,
    plan: &Plan,
    people: &[String],
    accounts: &[Linked],
    tasks: &mut JoinSet<anyhow::Result<Accepted>>,
) {
    for (at, one) in accounts.iter().enumerate() {
        let (api, people, account, number) =
            (api.clone(), people.to_vec(), one.account.clone(), one.number.clone());
        let mine: Vec<usize> = (at..plan.outbound).step_by(accounts.len()).collect();
        let mut pace = pace(plan.lasts, mine.len());
        tasks.spawn(async move {
            let mut accepted = Accepted::new();
            for (turn, message) in mine.into_iter().enumerate() {
                pace.tick().await;
                let (person, text) = (&people[turn % people.len()], format!("out {message}"));
                let body = json!({ "to": person, "type": "text", "text": { "body": text } });
                api.accepted(
                    &format!("/whatsapp/accounts/{account}/messages"),
                    &format!("out-{message}"),
                    &body,
                )
                .await?;
                accepted.entry((number.clone(), person.clone())).or_default().push(text);
            }
            Ok(accepted)
        });
    }
}

fn pace(lasts: Duration, count: usize) -> tokio::time::Interval {
    let each = lasts / u32::try_from(count.max(1)).unwrap_or(u32::MAX);
    let mut pace = interval(each.max(Duration::from_micros(1)));
    pace.set_missed_tick_behavior(MissedTickBehavior::Burst);
    pace
}
