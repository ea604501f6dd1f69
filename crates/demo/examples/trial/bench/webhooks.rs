//! Webhooks: from the message of a phone to a receiver in this process, first under load and then one message at a
//! time.

use std::time::{Duration, Instant};

use serde_json::json;
use tempfile::TempDir;

use super::receiver::Receiver;
use super::{Work, drained, hurried, late, linked, people, row, write};
use crate::report::within;

const ACCOUNTS: usize = 50;
const PEOPLE: usize = 20;
const EVENTS: usize = 20_000;
/// The number of single messages. Each is sent after the previous one has arrived.
const SINGLE: usize = 300;

pub async fn run() -> anyhow::Result<()> {
    let simulator = whatsim::Server::builder().start().await?;
    let folder = TempDir::new()?;
    let setup = hurried(folder.path(), &simulator, None)?;
    let server = setup.start().await?;
    let people = people(&simulator, PEOPLE)?;
    let accounts = linked(&server, &simulator, ACCOUNTS).await?;
    write(&simulator, &people, &accounts, PEOPLE * ACCOUNTS).await?;
    drained(&simulator, &accounts).await?;
    let receiver = Receiver::start().await?;
    let body = json!({ "url": format!("http://{}/", receiver.address), "types": ["message.received"] });
    let (status, answer) = server.call("post", "/api/v1/webhooks", &[], Some(&body)).await?;
    anyhow::ensure!(status == 201, "{status}: {answer}");

    let mut times = Vec::with_capacity(SINGLE);
    for number in 0..SINGLE {
        let text = format!("single {number}");
        let to = &accounts[number % ACCOUNTS].number;
        let said = Instant::now();
        simulator.phones().send_text(&people[0], to, &text).await?;
        let came = within("the event", async {
            loop {
                if let Some(at) = receiver.with(|got| got.texts.get(&text).copied()) {
                    return Ok(at);
                }
                tokio::time::sleep(Duration::from_micros(200)).await;
            }
        })
        .await?;
        times.push(came.duration_since(said));
    }
    row("webhooks: from a phone's message to the receiver, nothing else going on", &late(times));

    let work = Work::of(&server)?;
    write(&simulator, &people, &accounts, EVENTS).await?;
    drained(&simulator, &accounts).await?;
    let logged = work.began.elapsed();
    within("all events", async {
        while receiver.count() < SINGLE + EVENTS {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Ok(())
    })
    .await?;
    let figures = work.told(&server, EVENTS)?;
    let (disordered, doubled) = receiver.with(|got| (got.disordered, got.doubled));
    row(
        &format!(
            "webhooks: {EVENTS} events of {ACCOUNTS} accounts, from the first message to the last event"
        ),
        &format!(
            "{figures}; in the log after {:.1} s; {disordered} out of order, {doubled} twice",
            logged.as_secs_f64()
        ),
    );
    server.kill().await?;
    simulator.shutdown().await;
    Ok(())
}
