//! Publishing to RabbitMQ.

use futures_util::StreamExt as _;
use lapin::options::{BasicConsumeOptions, ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions};
use lapin::types::FieldTable;
use lapin::{Connection, ConnectionProperties, ExchangeKind};
use linekeeper::delivery::streams::Brokers;
use linekeeper_model::secret::Secret;
use linekeeper_testbed::Program;
use serde_json::Value;
use tokio::time::timeout;

use super::world::{PATIENCE, World, check};

async fn connection(port: u16) -> Connection {
    let url = format!("amqp://guest:guest@127.0.0.1:{port}");
    let connecting = async {
        loop {
            if let Ok(connection) = Connection::connect(&url, ConnectionProperties::default()).await {
                return connection;
            }
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, connecting).await.expect("the broker starts")
}

#[tokio::test]
async fn rabbitmq_has_each_event_after_the_broker_and_the_server_were_killed() {
    let mut broker = Program::rabbit().unwrap();
    // The consumer's queue must exist before the first event. The test declares it, as an operator of RabbitMQ would.
    let channel = connection(broker.port).await.create_channel().await.unwrap();
    let durable = ExchangeDeclareOptions { durable: true, ..ExchangeDeclareOptions::default() };
    channel
        .exchange_declare("linekeeper".into(), ExchangeKind::Topic, durable, FieldTable::default())
        .await
        .unwrap();
    channel.queue_declare("crm".into(), QueueDeclareOptions::durable(), FieldTable::default()).await.unwrap();
    let key = "linekeeper.*.*.account.#".into();
    let bound = QueueBindOptions::default();
    channel.queue_bind("crm".into(), "linekeeper".into(), key, bound, FieldTable::default()).await.unwrap();

    let url = format!("amqp://guest:guest@127.0.0.1:{}", broker.port);
    let brokers = Brokers { amqp: Some(Secret::new(url)), ..Brokers::default() };
    let world = World::new(&brokers).await;
    world.until_works(true).await;
    let mut expected = world.happen(200).await;
    world.until_done("stream:amqp").await;
    let (more, killed) = tokio::join!(world.happen(300), broker.kill());
    killed.unwrap();
    expected.extend(more);
    world.until_works(false).await;
    expected.extend(world.happen(100).await);
    broker.start().unwrap();
    world.until_done("stream:amqp").await;

    let channel = connection(broker.port).await.create_channel().await.unwrap();
    let options = BasicConsumeOptions { no_ack: true, ..BasicConsumeOptions::default() };
    let consuming = channel.basic_consume("crm".into(), "test".into(), options, FieldTable::default());
    let mut consumer = consuming.await.unwrap();
    let mut came: Vec<Value> = Vec::new();
    while came.last().is_none_or(|event| event["id"] != *expected.last().unwrap()) {
        let message = timeout(PATIENCE, consumer.next()).await.unwrap().unwrap().unwrap();
        let event: Value = serde_json::from_slice(&message.data).unwrap();
        let properties = &message.properties;
        assert_eq!(properties.message_id().as_ref().unwrap().as_str(), event["id"]);
        assert_eq!(*properties.delivery_mode(), Some(2));
        came.push(event);
    }
    check(&came, &expected);
}
