//! Live connections: many Socket.IO clients, all in this process. Each client gets every event.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::task::JoinSet;

use super::{Work, drained, hurried, late, linked, people, row, write};
use crate::report::{variable, within};
use crate::socket_io::Follower;

const EVENTS_A_SECOND: u64 = 100;
const SECONDS: u64 = 10;

type Times = Arc<Mutex<Vec<Duration>>>;

pub async fn run() -> anyhow::Result<()> {
    let clients: usize = variable("BENCH_CLIENTS", 1_000)?;
    let simulator = whatsim::Server::builder().start().await?;
    let folder = TempDir::new()?;
    let setup = hurried(folder.path(), &simulator, None)?;
    let server = setup.start().await?;
    let people = people(&simulator, 20)?;
    let accounts = linked(&server, &simulator, 10).await?;
    write(&simulator, &people, &accounts, 200).await?;
    drained(&simulator, &accounts).await?;
    server.settled().await;
    let before = server.resident()?;

    let (times, began) = (Times::default(), Instant::now());
    let mut following = JoinSet::new();
    let wish = json!({ "types": ["message.received"] });
    for number in 0..clients {
        let follower = Follower::start(server.address()?, server.key(), &wish).await;
        let follower = follower.with_context(|| format!("client {number}"))?;
        following.spawn(listen(follower, times.clone(), began));
    }
    server.settled().await;
    let idle = server.resident()?;
    row(
        &format!("live: memory, before and with {clients} Socket.IO clients that hear nothing"),
        &format!("{before:.1} MB, {idle:.1} MB"),
    );
    let work = Work::of(&server)?;
    let count = EVENTS_A_SECOND * SECONDS;
    let mut pace = tokio::time::interval(Duration::from_micros(1_000_000 / EVENTS_A_SECOND));
    for number in 0..count {
        pace.tick().await;
        let at = usize::try_from(number)?;
        // The text is the time of sending. A client that receives it can compute how late it is.
        let text = began.elapsed().as_micros().to_string();
        simulator.phones().send_text(&people[at % 20], &accounts[at % 10].number, &text).await?;
    }
    let expected = usize::try_from(count)? * clients;
    let heard = || times.lock().unwrap_or_else(PoisonError::into_inner).len();
    let all = within("all events at all clients", async {
        while heard() < expected {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Ok(())
    });
    let outcome =
        if all.await.is_ok() { "all arrived".to_owned() } else { format!("{} missing", expected - heard()) };
    let loaded = server.resident()?;
    let figures = work.told(&server, expected)?;
    row(
        &format!("live: {EVENTS_A_SECOND} messages a second for {SECONDS} s to {clients} clients"),
        &format!(
            "{outcome}; deliveries: {figures}; {}; {loaded:.1} MB right after",
            late(std::mem::take(&mut times.lock().unwrap_or_else(PoisonError::into_inner)))
        ),
    );
    following.abort_all();
    server.kill().await?;
    simulator.shutdown().await;
    Ok(())
}

async fn listen(mut follower: Follower, times: Times, began: Instant) {
    while let Some(event) = follower.next().await {
        let age = moment(&event).and_then(|at| began.elapsed().checked_sub(at));
        times.lock().unwrap_or_else(PoisonError::into_inner).extend(age);
    }
}

/// The time at which the message of an event was written.
fn moment(event: &Value) -> Option<Duration> {
    let body = event["data"]["message"]["text"]["body"].as_str()?;
    Some(Duration::from_micros(body.parse().ok()?))
}
