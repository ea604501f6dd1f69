//! A server that sends webhooks, with an Owner, accounts, and events like real ones.

use std::time::Duration;

use linekeeper_model::access::{Permission, Role};
use linekeeper_model::clock::Clock as _;
use linekeeper_model::event::{NewEvent, Payload};
use linekeeper_model::id::AccountId;
use linekeeper_model::user::Member;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::receiver::Receiver;
use crate::app::{App, Caller};

const PATIENCE: Duration = Duration::from_secs(60);

/// A server that sends webhooks, with an Owner and accounts.
pub struct World {
    pub app: App,
    pub owner: Member,
    pub accounts: Vec<AccountId>,
    key: String,
    engine: JoinSet<()>,
}

impl World {
    pub async fn new(accounts: usize) -> Self {
        let app = App::with_room_for(100).await;
        let owner = app.add_user("ana@example.org", Role::Owner, None).await;
        let mut ids = Vec::new();
        for number in 0..accounts {
            ids.push(app.add_account(&owner, &format!("Shop {number}"), None).await);
        }
        // An API key, because tests move the clock so far that a sign-in would expire.
        let key = app.with_key(&owner, &Permission::ALL, None).await.credential().to_owned();
        let mut world = Self { app, owner, accounts: ids, key, engine: JoinSet::new() };
        world.start();
        world
    }

    /// Starts sending webhooks, as a server does when it starts.
    pub fn start(&mut self) {
        let webhooks = self.app.services().webhooks;
        self.engine.spawn(webhooks.run(CancellationToken::new()));
    }

    /// Ends the tasks as `kill -9` would: they finish nothing and write nothing more.
    pub async fn kill(&mut self) {
        self.engine.shutdown().await;
    }

    pub fn owner(&self) -> Caller<'_> {
        self.app.with_header(&self.owner, "x-api-key", &self.key)
    }

    /// Creates a webhook that sends all events to this receiver, and returns its id and its secret.
    pub async fn webhook(&self, receiver: &Receiver, more: Value) -> (String, String) {
        let mut body = json!({ "url": receiver.url });
        for (name, value) in more.as_object().unwrap() {
            body[name] = value.clone();
        }
        let made = self.owner().post("/api/v1/webhooks", body).await;
        assert_eq!(made.status, 201, "{}", made.text());
        let made = made.json();
        (made["id"].as_str().unwrap().to_owned(), made["secret"].as_str().unwrap().to_owned())
    }

    /// Appends `times` events for each account, alternating between the accounts.
    pub async fn happen(&self, times: usize) {
        let now = self.app.clock.now();
        let mut events = Vec::new();
        for _ in 0..times {
            for account in &self.accounts {
                let payload = Payload::AccountUpdated { fields: vec!["displayName".to_owned()] };
                let workspace = self.owner.workspace_id;
                events.push(NewEvent::of_account(workspace, *account, payload, now, &mut rand::rng()));
            }
        }
        let mut tx = self.app.storage.begin().await.unwrap();
        let seq = tx.events().append_all(&events).await.unwrap();
        tx.commit().await.unwrap();
        if let Some(seq) = seq {
            self.app.log.committed(seq);
        }
    }

    pub async fn show(&self, webhook: &str) -> Value {
        self.owner().get(&format!("/api/v1/webhooks/{webhook}")).await.json()
    }

    pub async fn deliveries(&self, webhook: &str, query: &str) -> Vec<Value> {
        let listed = self.owner().get(&format!("/api/v1/webhooks/{webhook}/deliveries?{query}")).await;
        listed.json()["data"].as_array().unwrap().clone()
    }

    pub async fn post(&self, path: &str, body: Value) -> Value {
        let answer = self.owner().post(&format!("/api/v1/webhooks/{path}"), body).await;
        assert!(answer.status.is_success(), "{}", answer.text());
        answer.json()
    }

    /// Advances the clock by `step` again and again until `found` returns something.
    pub async fn until<T>(&self, step: Duration, found: impl AsyncFn() -> Option<T>) -> T {
        let wait = async {
            loop {
                if let Some(found) = found().await {
                    return found;
                }
                self.app.clock.advance(step);
                self.app.services().webhooks.changed();
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(PATIENCE, wait).await.expect("it comes in time")
    }
}
