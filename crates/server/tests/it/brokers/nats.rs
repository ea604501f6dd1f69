//! Publishing to NATS JetStream.

use async_nats::jetstream::consumer::{AckPolicy, pull};
use futures_util::StreamExt as _;
use linekeeper::delivery::streams::Brokers;
use linekeeper_model::secret::Secret;
use linekeeper_testbed::Program;
use serde_json::Value;
use tokio::time::timeout;

use super::world::{PATIENCE, World, check};

const PASSWORD: &str = "hunter2@of/nats";
/// `PASSWORD`, encoded for a URL.
const ENCODED: &str = "hunter2%40of%2Fnats";

#[tokio::test]
async fn nats_has_each_event_once_after_the_broker_and_the_server_were_killed() {
    let mut broker = Program::nats(Some(("ana", PASSWORD))).unwrap();
    let url = format!("nats://ana:{ENCODED}@127.0.0.1:{}", broker.port);
    let brokers = Brokers { nats: Some(Secret::new(url.clone())), ..Brokers::default() };
    let mut world = World::new(&brokers).await;
    world.until_works(true).await;
    let mut expected = world.happen(200).await;
    world.until_done("stream:nats").await;

    // The broker is killed while events flow. The events of that time wait in the log.
    let (more, killed) = tokio::join!(world.happen(300), broker.kill());
    killed.unwrap();
    expected.extend(more);
    world.until_works(false).await;
    let readiness = world.app.get("/readyz").await;
    assert_eq!((readiness.status.as_u16(), &readiness.json()["degraded"]), (200, &true.into()));
    expected.extend(world.happen(200).await);
    let figures = world.app.exposition.text();
    assert!(figures.contains("linekeeper_delivery_lag_events{reader=\"nats\"} "), "{figures}");
    assert!(figures.contains("linekeeper_delivery_lag_seconds{reader=\"nats\"} "), "{figures}");
    assert!(!figures.contains("hunter2"));
    broker.start().unwrap();
    world.until_done("stream:nats").await;

    // Now the server is killed and started again.
    world.kill().await;
    expected.extend(world.happen(100).await);
    world.begin();
    world.until_done("stream:nats").await;

    let options = async_nats::ConnectOptions::with_user_and_password("ana".to_owned(), PASSWORD.to_owned());
    let client = options.connect(format!("127.0.0.1:{}", broker.port)).await.unwrap();
    let context = async_nats::jetstream::new(client);
    let mut stream = context.get_stream("LINEKEEPER").await.unwrap();
    let info = stream.info().await.unwrap();
    assert_eq!(info.state.messages, expected.len() as u64, "the server drops what comes twice");
    assert_eq!(info.config.subjects, ["linekeeper.>"]);
    let config = pull::Config { ack_policy: AckPolicy::None, ..pull::Config::default() };
    let mut messages = stream.create_consumer(config).await.unwrap().messages().await.unwrap();
    let mut came: Vec<Value> = Vec::new();
    while came.len() < expected.len() {
        let message = timeout(PATIENCE, messages.next()).await.unwrap().unwrap().unwrap();
        let event: Value = serde_json::from_slice(&message.payload).unwrap();
        let (workspace, account) =
            (event["workspaceId"].as_str().unwrap(), event["accountId"].as_str().unwrap());
        assert_eq!(message.subject.as_str(), format!("linekeeper.{workspace}.{account}.account.updated"));
        let id = message.headers.as_ref().unwrap().get("Nats-Msg-Id").unwrap();
        assert_eq!(id.as_str(), event["id"]);
        came.push(event);
    }
    check(&came, &expected);
}
