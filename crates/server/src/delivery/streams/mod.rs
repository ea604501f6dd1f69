//! Streams: a message broker receives every event of every workspace, at least once and in the order of the log.
//! Each broker has its own durable reader of the log. If a broker is down, the events that it has not received
//! stay in the log, and do not use memory in the server.

mod amqp;
mod nats;
mod runner;

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use linekeeper_model::clock::Clock;
use linekeeper_model::event::Event;
use linekeeper_model::secret::Secret;
use linekeeper_storage::Storage;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use self::amqp::Amqp;
use self::nats::Nats;
use crate::events::Log;
use crate::telemetry::metrics::DeliveryMetrics;

/// What streams need.
#[derive(Clone)]
pub struct Dependencies {
    /// The database with events and cursors.
    pub storage: Storage,
    /// Notifies about new events.
    pub log: Log,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Counters for metrics.
    pub metrics: DeliveryMetrics,
}

/// The brokers that receive events. Their URLs may contain credentials.
#[derive(Debug, Clone, Default)]
pub struct Brokers {
    /// URLs of NATS servers, separated by commas.
    pub nats: Option<Secret<String>>,
    /// The URL of a RabbitMQ server.
    pub amqp: Option<Secret<String>>,
    /// If the server creates a stream on NATS, the stream keeps events for this long. `None` means for ever.
    pub keep: Option<Duration>,
}

/// The streams of a server. Cloning it is cheap.
#[derive(Clone, Default)]
pub struct Streams(Arc<Vec<Stream>>);

struct Stream {
    broker: Arc<dyn Broker>,
    works: AtomicBool,
}

type BrokerError = Box<dyn Error + Send + Sync>;

/// The URL of a broker is not valid. The error does not contain the URL, because it may contain a password.
#[derive(Debug, thiserror::Error)]
#[error("{0} is no address of a broker")]
pub struct InvalidBroker(&'static str);

/// A broker that the server can connect to.
#[async_trait]
trait Broker: Send + Sync {
    fn name(&self) -> &'static str;

    /// The broker's URL. It is used to remove the URL's secrets from error texts.
    fn address(&self) -> &Secret<String>;

    /// Connects, and creates the stream or the exchange on the broker if it is missing.
    async fn connect(&self) -> Result<Box<dyn Line>, BrokerError>;
}

/// A connection to a broker.
#[async_trait]
trait Line: Send + Sync {
    /// Publishes events in order. Returns when the broker has confirmed all of them.
    async fn publish(&mut self, events: &[Event]) -> Result<(), BrokerError>;

    fn is_alive(&self) -> bool;
}

impl Streams {
    /// Creates streams to these brokers. They do not connect yet.
    pub fn new(brokers: &Brokers) -> Result<Self, InvalidBroker> {
        let mut streams: Vec<Arc<dyn Broker>> = Vec::new();
        if let Some(servers) = &brokers.nats {
            streams.push(Arc::new(Nats::new(servers, brokers.keep).ok_or(InvalidBroker("NATS_URL"))?));
        }
        if let Some(address) = &brokers.amqp {
            streams.push(Arc::new(Amqp::new(address).ok_or(InvalidBroker("AMQP_URL"))?));
        }
        let stream = |broker| Stream { broker, works: AtomicBool::new(false) };
        Ok(Self(Arc::new(streams.into_iter().map(stream).collect())))
    }

    /// The name of each broker, and whether the broker accepted the last events.
    pub fn health(&self) -> impl Iterator<Item = (&'static str, bool)> {
        self.0.iter().map(|stream| (stream.broker.name(), stream.works.load(Ordering::Relaxed)))
    }

    /// Publishes events until `stopping` is cancelled.
    pub async fn run(self, dependencies: Dependencies, stopping: CancellationToken) {
        let mut running = JoinSet::new();
        for index in 0..self.0.len() {
            let (streams, dependencies, stopping) = (self.clone(), dependencies.clone(), stopping.clone());
            running.spawn(async move {
                runner::run(&streams.0[index], &dependencies, &stopping).await;
            });
        }
        while running.join_next().await.is_some() {}
    }
}

/// The subject of an event, `linekeeper.<workspace>.<account>.<type>`. An event without an account has `_` in
/// place of the account. The ids are UUIDs. The type consists of lower case letters and dots.
fn subject(event: &Event) -> String {
    let account = event.account_id.map_or_else(|| "_".to_owned(), |account| account.to_string());
    format!("linekeeper.{}.{account}.{}", event.workspace_id, event.payload.event_type())
}

/// The body of a message: the event's envelope as JSON.
fn body(event: &Event) -> Vec<u8> {
    serde_json::to_vec(event).expect("an event is made of texts, numbers and times")
}
