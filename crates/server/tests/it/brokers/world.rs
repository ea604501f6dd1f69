//! A server that publishes to brokers.

use std::collections::BTreeSet;
use std::time::Duration;

use linekeeper::delivery::streams::{Brokers, Dependencies, Streams};
use linekeeper_model::access::Role;
use linekeeper_model::clock::Clock as _;
use linekeeper_model::event::{NewEvent, Payload};
use linekeeper_model::id::AccountId;
use linekeeper_model::user::Member;
use serde_json::Value;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::app::App;

/// The longest wait in these tests. RabbitMQ is slow on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// A server with streams to brokers.
pub struct World {
    pub app: App,
    pub owner: Member,
    accounts: Vec<AccountId>,
    streams: Streams,
    running: JoinSet<()>,
}

impl World {
    pub async fn new(brokers: &Brokers) -> Self {
        let mut app = App::new().await;
        let owner = app.add_user("ana@example.org", Role::Owner, None).await;
        let mut accounts = Vec::new();
        for name in ["Shop", "Office"] {
            accounts.push(app.add_account(&owner, name, None).await);
        }
        let streams = Streams::new(brokers).unwrap();
        app.publish_to(streams.clone());
        let mut world = Self { app, owner, accounts, streams, running: JoinSet::new() };
        world.begin();
        world
    }

    /// Starts publishing, as a server does when it starts.
    pub fn begin(&mut self) {
        let services = self.app.services();
        let dependencies = Dependencies {
            storage: services.storage,
            log: services.log,
            clock: services.clock,
            metrics: self.app.delivery_metrics.clone(),
        };
        self.running.spawn(self.streams.clone().run(dependencies, CancellationToken::new()));
    }

    /// Ends the publishing as `kill -9` would: it finishes nothing and writes nothing more.
    pub async fn kill(&mut self) {
        self.running.shutdown().await;
    }

    /// Appends events and returns their ids in the order of the log.
    pub async fn happen(&self, times: usize) -> Vec<String> {
        let now = self.app.clock.now();
        let event = |number: usize| {
            let payload = Payload::AccountUpdated { fields: vec!["displayName".to_owned()] };
            let account = self.accounts[number % self.accounts.len()];
            NewEvent::of_account(self.owner.workspace_id, account, payload, now, &mut rand::rng())
        };
        let events: Vec<NewEvent> = (0..times).map(event).collect();
        let mut tx = self.app.storage.begin().await.unwrap();
        let seq = tx.events().append_all(&events).await.unwrap().unwrap();
        tx.commit().await.unwrap();
        self.app.log.committed(seq);
        events.iter().map(|event| event.id.to_string()).collect()
    }

    /// Waits until all brokers accept events, or until none does.
    pub async fn until_works(&self, works: bool) {
        let wait = async {
            while !self.streams.health().all(|(_, it_works)| it_works == works) {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(PATIENCE, wait).await.expect("the broker comes and goes");
    }

    /// Waits until the stream has published the whole log.
    pub async fn until_done(&self, name: &str) {
        let wait = async {
            loop {
                let mut tx = self.app.storage.read().await.unwrap();
                if tx.cursors().get(name).await.unwrap() == self.app.log.last() {
                    break;
                }
                drop(tx);
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(PATIENCE, wait).await.expect("everything is published");
    }
}

/// Checks that every event arrived at least once. Without the repetitions, the events must be in order.
pub fn check(came: &[Value], expected: &[String]) {
    let mut seen = BTreeSet::new();
    let ids = came.iter().map(|event| event["id"].as_str().unwrap().to_owned());
    let once: Vec<String> = ids.filter(|id| seen.insert(id.clone())).collect();
    assert_eq!(once, expected);
}
