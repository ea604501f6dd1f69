//! `make storm`: messages flow both ways through twenty accounts. Meanwhile the server, a receiver of webhooks,
//! NATS, RabbitMQ and the database are killed at random, and WhatsApp drops, repeats, delays and reorders.
//! Afterwards, every event must have arrived as promised; otherwise the exit code is 1. `STORM_EVENTS` is the
//! number of inbound and `STORM_SENDS` that of outbound messages. `STORM_ACCOUNTS`, `STORM_KILLS`, `STORM_SEED`
//! and `STORM_DATABASE` (`sqlite` or `postgres`) choose the rest. `STORM_LOG` names a file for the server's log.

mod api;
mod check;
mod consumers;
mod traffic;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use linekeeper_testbed::{Fsync, Program, free_port};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::json;
use tempfile::TempDir;
use tokio::task::JoinSet;
use whatsim::{FaultKind, NewFault, NoAck, Reorder, Scope, SlowAck};

use self::api::Api;
use super::bench::receiver::Receiver;
use super::bench::{Linked, drained, linked, people};
use super::report::{say, variable};
use super::server::{Server, Setup};

const PEOPLE: usize = 20;
const RECEIVERS: usize = 3;
/// How long everything may take to recover from the kills.
const PATIENCE: Duration = Duration::from_secs(15 * 60);
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// The size of a storm.
pub struct Plan {
    pub accounts: usize,
    pub inbound: usize,
    pub outbound: usize,
    pub kills: u32,
    /// The time over which the messages are spread.
    pub lasts: Duration,
}

/// Everything that the storm touches.
struct Field {
    setup: Setup,
    server: Option<Server>,
    receivers: Vec<Receiver>,
    programs: Vec<Program>,
    simulator: whatsim::Server,
    numbers: Vec<String>,
    happened: BTreeMap<String, usize>,
}

pub async fn run() -> anyhow::Result<()> {
    let kills: u32 = variable("STORM_KILLS", 60)?;
    let plan = Plan {
        accounts: variable("STORM_ACCOUNTS", 20)?,
        inbound: variable("STORM_EVENTS", 20_000)?,
        outbound: variable("STORM_SENDS", 5_000)?,
        kills,
        lasts: Duration::from_secs(3) * kills,
    };
    let seed: u64 = variable("STORM_SEED", rand::random())?;
    let database: String = variable("STORM_DATABASE", "sqlite".to_owned())?;
    say(&format!(
        "seed {seed}, {database}, {} accounts, {} messages in, {} out, {} kills",
        plan.accounts, plan.inbound, plan.outbound, plan.kills
    ));
    storm(&plan, &database, seed)
        .await
        .with_context(|| format!("STORM_SEED={seed} STORM_DATABASE={database}"))
}

async fn storm(plan: &Plan, database: &str, seed: u64) -> anyhow::Result<()> {
    let mut rng = StdRng::seed_from_u64(seed);
    let simulator = whatsim::Server::builder().start().await?;
    let folder = TempDir::new()?;
    let mut programs = vec![Program::nats(None)?, Program::rabbit()?];
    let [nats, rabbit] = [programs[0].port, programs[1].port];
    consumers::make_queue(rabbit).await?;
    let mut setup = Setup::new(folder.path(), &simulator.ws_url())?;
    setup.set("LINEKEEPER_LISTEN", &format!("127.0.0.1:{}", free_port()?));
    setup.set("WHATSAPP_MESSAGE_RATE_LIMIT", "0");
    setup.set("WEBHOOK_ALLOW_NETWORKS", "127.0.0.1");
    setup.set("NATS_URL", &format!("nats://127.0.0.1:{nats}"));
    setup.set("AMQP_URL", &format!("amqp://guest:guest@127.0.0.1:{rabbit}"));
    match database {
        "sqlite" => {}
        "postgres" => {
            let postgres = Program::postgres(Fsync::On).await?;
            setup.use_postgres(&postgres.postgres_url())?;
            programs.push(postgres);
        }
        other => bail!("STORM_DATABASE is sqlite or postgres, not {other}"),
    }
    if let Ok(log) = std::env::var("STORM_LOG") {
        setup.log_to(log.into());
    }
    setup.create_owner()?;
    let server = setup.start().await?;
    let api = Api::new(server.address()?, server.key())?;
    let people = people(&simulator, PEOPLE)?;
    let accounts = linked(&server, &simulator, plan.accounts).await?;
    let mut listening = JoinSet::new();
    let heard = consumers::follow(server.address()?, server.key().to_owned(), &mut listening);
    let (mut receivers, mut webhooks) = (Vec::new(), Vec::new());
    for _ in 0..RECEIVERS {
        let receiver = Receiver::start().await?;
        let body = json!({ "url": format!("http://{}/", receiver.address), "types": [consumers::TYPE] });
        let (status, made) = server.call("post", "/api/v1/webhooks", &[], Some(&body)).await?;
        ensure!(status == 201, "{status}: {made}");
        webhooks.push(format!("/webhooks/{}", made["id"].as_str().context("an id")?));
        receivers.push(receiver);
    }

    let began = Instant::now();
    let (mut writing, mut sending) = (JoinSet::new(), JoinSet::new());
    traffic::write(&simulator, plan, &people, &accounts, &mut writing);
    traffic::send(&api, plan, &people, &accounts, &mut sending);
    let numbers = accounts.iter().map(|one| one.number.clone()).collect();
    let happened = BTreeMap::new();
    let mut field = Field { setup, server: Some(server), receivers, programs, simulator, numbers, happened };
    for _ in 0..plan.kills {
        field.trouble(&mut rng).await?;
    }
    let mut accepted = traffic::Accepted::new();
    while let Some(written) = writing.join_next().await {
        written??;
    }
    while let Some(sent) = sending.join_next().await {
        accepted.extend(sent??);
    }
    say(&format!("the storm lasted {:.0} s: {:?}", began.elapsed().as_secs_f64(), field.happened));

    let calm = Instant::now();
    field.calm(&api, &accounts).await?;
    let log = check::log(&api, plan, &accounts).await?;
    say(&format!("each of {} inbound messages is in the log once", plan.inbound));
    check::inboxes(&field.simulator, &people, &accepted)?;
    // The phones send a receipt for each message, and a receipt must not get lost either.
    let mut statuses = BTreeMap::new();
    until("a receipt for each message", async || {
        statuses = check::statuses(&api, &accounts).await?;
        Ok(!statuses.contains_key("sent"))
    })
    .await?;
    say(&format!("each of {} accepted messages is at its recipient once; {statuses:?}", plan.outbound));
    for (number, (receiver, webhook)) in field.receivers.iter().zip(&webhooks).enumerate() {
        api.post(&format!("{webhook}/resume")).await?;
        until("delivery to all webhooks", async || Ok(check::lag(&api.get(webhook).await?) == 0)).await?;
        let (ids, disordered, doubled) =
            receiver.with(|got| (got.ids.iter().cloned().collect::<Vec<_>>(), got.disordered, got.doubled));
        check::at_least_once("a webhook", &log, &ids)?;
        ensure!(disordered == 0, "{disordered} events came to a webhook behind a later one of their account");
        say(&format!("webhook {number}: all {} in order, {doubled} of them again", log.len()));
    }
    until("all events at the Socket.IO client", async || Ok(heard.count() >= log.len())).await?;
    check::exactly_once("the Socket.IO client", &log, &heard.ids())?;
    say("the Socket.IO client has seen each once, in order");
    let mut came = Vec::new();
    until("all events in NATS", async || {
        came = consumers::of_nats(nats).await?;
        Ok(check::at_least_once("NATS", &log, &came).is_ok())
    })
    .await?;
    say(&format!("NATS holds all, {} of them again", check::at_least_once("NATS", &log, &came)?));
    let mut came = Vec::new();
    until("all events in RabbitMQ", async || {
        came.extend(consumers::of_rabbit(rabbit).await?);
        Ok(check::at_least_once("RabbitMQ", &log, &came).is_ok())
    })
    .await?;
    say(&format!("RabbitMQ holds all, {} of them again", check::at_least_once("RabbitMQ", &log, &came)?));
    say(&format!("all was well {:.0} s after the storm", calm.elapsed().as_secs_f64()));
    listening.abort_all();
    Ok(())
}

impl Field {
    async fn trouble(&mut self, rng: &mut StdRng) -> anyhow::Result<()> {
        tokio::time::sleep(Duration::from_millis(rng.random_range(100..2_000))).await;
        let away = Duration::from_millis(rng.random_range(0..2_000));
        let what = match rng.random_range(0..10) {
            0..4 => {
                if let Some(server) = self.server.take() {
                    server.kill().await?;
                }
                tokio::time::sleep(away / 4).await;
                self.server = Some(self.setup.start().await?);
                "server".to_owned()
            }
            4 | 5 => {
                let at = rng.random_range(0..self.receivers.len());
                self.receivers[at].leave().await;
                tokio::time::sleep(away).await;
                self.receivers[at].come_back().await?;
                "receiver".to_owned()
            }
            6 | 7 => {
                let at = rng.random_range(0..self.programs.len());
                self.programs[at].kill().await?;
                tokio::time::sleep(away).await;
                self.programs[at].start()?;
                self.programs[at].name.to_owned()
            }
            _ => {
                for _ in 0..5 {
                    let number = self.numbers[rng.random_range(0..self.numbers.len())].clone();
                    let (scope, kind) = (Scope::Number(number), fault(rng));
                    self.simulator.faults().add(NewFault { scope, kind, times: Some(1), until: None })?;
                }
                "faults of WhatsApp".to_owned()
            }
        };
        *self.happened.entry(what).or_default() += 1;
        Ok(())
    }

    /// Waits until nothing is on its way any more.
    async fn calm(&self, api: &Api, accounts: &[Linked]) -> anyhow::Result<()> {
        for fault in self.simulator.faults().list() {
            self.simulator.faults().clear(fault.id)?;
        }
        for one in accounts {
            let queue = format!("/whatsapp/accounts/{}/queue", one.account);
            until("an empty queue", async || Ok(api.get(&queue).await?["waiting"] == 0)).await?;
        }
        drained(&self.simulator, accounts).await
    }
}

/// What WhatsApp does to one message or connection.
fn fault(rng: &mut StdRng) -> FaultKind {
    match rng.random_range(0..6) {
        0 => FaultKind::DropConnection,
        1 => FaultKind::Duplicate,
        2 => FaultKind::Reorder(Reorder { hold_ms: rng.random_range(1..2_000) }),
        3 => FaultKind::SlowAck(SlowAck { delay_ms: rng.random_range(1..8_000) }),
        4 => FaultKind::NoAck(NoAck { lost: rng.random_bool(0.5) }),
        _ => FaultKind::LostResend,
    }
}

async fn until(what: &str, mut is_so: impl AsyncFnMut() -> anyhow::Result<bool>) -> anyhow::Result<()> {
    let began = Instant::now();
    while !is_so().await? {
        ensure!(began.elapsed() < PATIENCE, "no {what} in time");
        tokio::time::sleep(LOOK_EVERY).await;
    }
    Ok(())
}
