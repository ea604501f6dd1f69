//! The consumers of events besides webhooks: a Socket.IO client that reconnects, a NATS stream, and a RabbitMQ
//! queue.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context as _;
use async_nats::jetstream::consumer::{AckPolicy, pull};
use futures_util::StreamExt as _;
use lapin::options::{BasicConsumeOptions, ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions};
use lapin::types::FieldTable;
use lapin::{Channel, Connection, ConnectionProperties, ExchangeKind};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::super::report::within;
use super::super::socket_io::Follower;

pub const TYPE: &str = "message.received";
const QUEUE: &str = "storm";
const REST: Duration = Duration::from_millis(100);
/// If a broker sends nothing for this long, there are no more events.
const SILENCE: Duration = Duration::from_secs(5);

/// What a listener received: the sequence number and the id of each event.
#[derive(Clone, Default)]
pub struct Heard(Arc<Mutex<Vec<(u64, String)>>>);

impl Heard {
    fn last(&self) -> u64 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).last().map_or(0, |(seq, _)| *seq)
    }

    pub fn ids(&self) -> Vec<String> {
        let heard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        heard.iter().map(|(_, id)| id.clone()).collect()
    }

    pub fn count(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}

/// Listens by Socket.IO. Whenever the connection ends, it connects again and continues after the last event.
pub fn follow(address: SocketAddr, key: String, tasks: &mut JoinSet<()>) -> Heard {
    let heard = Heard::default();
    let into = heard.clone();
    tasks.spawn(async move {
        loop {
            let wish = json!({ "types": [TYPE], "after": into.last() });
            if let Ok(mut follower) = Follower::start(address, &key, &wish).await {
                while let Some(event) = follower.next().await {
                    let id = event["id"].as_str().unwrap_or_default().to_owned();
                    let seq = event["seq"].as_u64().unwrap_or_default();
                    into.0.lock().unwrap_or_else(PoisonError::into_inner).push((seq, id));
                }
            }
            tokio::time::sleep(REST).await;
        }
    });
    heard
}

/// The ids of all events of the type that the NATS stream holds, duplicates included.
pub async fn of_nats(port: u16) -> anyhow::Result<Vec<String>> {
    let client = async_nats::connect(format!("127.0.0.1:{port}")).await?;
    let stream = async_nats::jetstream::new(client).get_stream("LINEKEEPER").await?;
    let config = pull::Config { ack_policy: AckPolicy::None, ..pull::Config::default() };
    let mut messages = stream.create_consumer(config).await?.messages().await?;
    let mut ids = Vec::new();
    while let Ok(Some(message)) = tokio::time::timeout(SILENCE, messages.next()).await {
        ids.extend(id_of(&message?.payload));
    }
    Ok(ids)
}

async fn channel(port: u16) -> anyhow::Result<Channel> {
    let url = format!("amqp://guest:guest@127.0.0.1:{port}");
    within("RabbitMQ", async {
        loop {
            match Connection::connect(&url, ConnectionProperties::default()).await {
                Ok(connection) => return Ok(connection.create_channel().await?),
                Err(_) => tokio::time::sleep(REST).await,
            }
        }
    })
    .await
}

/// Creates the queue for all events, as the operators of RabbitMQ would.
pub async fn make_queue(port: u16) -> anyhow::Result<()> {
    let channel = channel(port).await?;
    let durable = ExchangeDeclareOptions { durable: true, ..ExchangeDeclareOptions::default() };
    let (none, topic) = (FieldTable::default(), ExchangeKind::Topic);
    channel.exchange_declare("linekeeper".into(), topic, durable, none.clone()).await?;
    channel.queue_declare(QUEUE.into(), QueueDeclareOptions::durable(), none.clone()).await?;
    let bound = QueueBindOptions::default();
    channel.queue_bind(QUEUE.into(), "linekeeper".into(), "linekeeper.#".into(), bound, none).await?;
    Ok(())
}

/// The ids of all events of the type that the RabbitMQ queue holds, duplicates included.
pub async fn of_rabbit(port: u16) -> anyhow::Result<Vec<String>> {
    let channel = channel(port).await?;
    let options = BasicConsumeOptions { no_ack: true, ..BasicConsumeOptions::default() };
    let consuming = channel.basic_consume(QUEUE.into(), QUEUE.into(), options, FieldTable::default());
    let mut consumer = consuming.await?;
    let mut ids = Vec::new();
    while let Ok(Some(message)) = tokio::time::timeout(SILENCE, consumer.next()).await {
        ids.extend(id_of(&message.context("a message of RabbitMQ")?.data));
    }
    Ok(ids)
}

fn id_of(payload: &[u8]) -> Option<String> {
    let event: Value = serde_json::from_slice(payload).ok()?;
    (event["type"] == TYPE).then(|| event["id"].as_str().map(str::to_owned))?
}
