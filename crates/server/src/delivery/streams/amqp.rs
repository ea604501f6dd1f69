//! Streams to RabbitMQ. The server publishes persistent messages to the durable topic exchange `linekeeper`, and
//! waits until the broker has confirmed each message.

use async_trait::async_trait;
use lapin::options::{BasicPublishOptions, ConfirmSelectOptions, ExchangeDeclareOptions};
use lapin::types::FieldTable;
use lapin::uri::AMQPUri;
use lapin::{BasicProperties, Channel, Connection, ConnectionProperties, ExchangeKind};
use linekeeper_model::event::Event;
use linekeeper_model::secret::Secret;

use super::{Broker, BrokerError, Line, body, subject};

const EXCHANGE: &str = "linekeeper";
/// The AMQP delivery mode of persistent messages: a durable queue writes them to disk.
const PERSISTENT: u8 = 2;

pub(super) struct Amqp {
    address: Secret<String>,
}

struct Connected {
    connection: Connection,
    channel: Channel,
}

/// The broker did not accept the message.
#[derive(Debug, thiserror::Error)]
#[error("the broker refused an event")]
struct Refused;

impl Amqp {
    /// Creates the broker. Returns `None` if the URL is not valid.
    pub fn new(address: &Secret<String>) -> Option<Self> {
        address.expose().parse::<AMQPUri>().ok()?;
        Some(Self { address: address.clone() })
    }
}

#[async_trait]
impl Broker for Amqp {
    fn name(&self) -> &'static str {
        "amqp"
    }

    fn address(&self) -> &Secret<String> {
        &self.address
    }

    async fn connect(&self) -> Result<Box<dyn Line>, BrokerError> {
        let properties = ConnectionProperties::default().with_connection_name("linekeeper".into());
        let connection = Connection::connect(self.address.expose(), properties).await?;
        let channel = connection.create_channel().await?;
        channel.confirm_select(ConfirmSelectOptions::default()).await?;
        let options = ExchangeDeclareOptions { durable: true, ..ExchangeDeclareOptions::default() };
        channel
            .exchange_declare(EXCHANGE.into(), ExchangeKind::Topic, options, FieldTable::default())
            .await?;
        Ok(Box::new(Connected { connection, channel }))
    }
}

#[async_trait]
impl Line for Connected {
    async fn publish(&mut self, events: &[Event]) -> Result<(), BrokerError> {
        let mut confirmations = Vec::with_capacity(events.len());
        for event in events {
            let properties = BasicProperties::default()
                .with_delivery_mode(PERSISTENT)
                .with_content_type("application/json".into())
                .with_message_id(event.id.to_string().into())
                .with_type(event.payload.event_type().code().into())
                .with_timestamp(u64::try_from(event.occurred_at.as_second()).unwrap_or_default());
            let options = BasicPublishOptions::default();
            let published = self
                .channel
                .basic_publish(EXCHANGE.into(), subject(event).into(), options, &body(event), properties)
                .await?;
            confirmations.push(published);
        }
        for confirmation in confirmations {
            if !confirmation.await?.is_ack() {
                return Err(Refused.into());
            }
        }
        Ok(())
    }

    fn is_alive(&self) -> bool {
        self.connection.status().connected() && self.channel.status().connected()
    }
}
