//! A server with a counter of analytics, an Owner and an account, and events like real ones.

use std::time::Duration;

use jiff::SignedDuration;
use linekeeper::analytics::Counter;
use linekeeper_model::Timestamp;
use linekeeper_model::access::{Permission, Role};
use linekeeper_model::clock::Clock as _;
use linekeeper_model::event::{NewEvent, Payload, Seq};
use linekeeper_model::id::{AccountId, ChatId, ContactId, MessageId};
use linekeeper_model::message::{
    Chat, ChatType, Content, Direction, Failure, FailureCode, Message, MessageStatus, Origin, Person,
    ReceivedVia, Text,
};
use linekeeper_model::phone::{Identity, PhoneNumber};
use linekeeper_model::status::{Reason, Status};
use linekeeper_model::user::Member;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::app::{App, Caller};

const PATIENCE: Duration = Duration::from_secs(60);

/// A server with an Owner and an account. The tasks that count for the analytics are running.
pub struct World {
    pub app: App,
    pub owner: Member,
    pub account: AccountId,
    key: String,
    counters: JoinSet<()>,
}

impl World {
    pub async fn new() -> Self {
        let app = App::with_room_for(100).await;
        let owner = app.add_user("ana@example.org", Role::Owner, None).await;
        let account = app.add_account(&owner, "Shop", None).await;
        // An API key, because tests move the clock so far that a sign-in would expire.
        let key = app.with_key(&owner, &Permission::ALL, None).await.credential().to_owned();
        Self { app, owner, account, key, counters: JoinSet::new() }
    }

    pub fn owner(&self) -> Caller<'_> {
        self.app.with_header(&self.owner, "x-api-key", &self.key)
    }

    /// Starts a counter, as a server does when it starts.
    pub fn start(&mut self) {
        let counter = Counter {
            storage: self.app.storage.clone(),
            log: self.app.log.clone(),
            clock: self.app.clock.clone(),
            breath: Duration::ZERO,
        };
        self.counters.spawn(counter.run(CancellationToken::new()));
    }

    /// Ends the counters as `kill -9` would: they finish nothing and write nothing more.
    pub async fn kill(&mut self) {
        self.counters.shutdown().await;
    }

    /// The time `seconds` after noon.
    pub fn at(seconds: i64) -> Timestamp {
        let noon: Timestamp = "2026-06-01T12:00:00Z".parse().unwrap();
        noon + SignedDuration::from_secs(seconds)
    }

    /// Appends events and wakes the counter.
    pub async fn tell(&self, account: AccountId, events: Vec<(i64, Payload)>) {
        self.app.log.committed(self.append(account, events).await);
    }

    /// Appends events without waking the counter.
    pub async fn append(&self, account: AccountId, events: Vec<(i64, Payload)>) -> Seq {
        let of = |(seconds, payload)| {
            NewEvent::of_account(
                self.owner.workspace_id,
                account,
                payload,
                Self::at(seconds),
                &mut rand::rng(),
            )
        };
        let events: Vec<NewEvent> = events.into_iter().map(of).collect();
        let mut tx = self.app.storage.begin().await.unwrap();
        let seq = tx.events().append_all(&events).await.unwrap();
        tx.commit().await.unwrap();
        seq.unwrap()
    }

    /// Waits until everything in the log is counted.
    pub async fn counted(&self) {
        let caught_up = async {
            loop {
                let mut tx = self.app.storage.read().await.unwrap();
                let done = tx.cursors().get("analytics").await.unwrap();
                if done == tx.events().last().await.unwrap() {
                    break;
                }
                drop(tx);
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(PATIENCE, caught_up).await.expect("events are counted");
    }

    /// Advances the clock to `seconds` after noon. Nothing else happens in this time.
    pub fn let_it_be(&self, seconds: i64) {
        let until_then = Self::at(seconds).duration_since(self.app.clock.now());
        self.app.clock.advance(Duration::try_from(until_then).unwrap());
    }
}

/// An event about a change of the account's status.
pub fn becomes(from: (Reason, i64), to: (Reason, i64)) -> (i64, Payload) {
    let [before, now] = [from, to].map(|(reason, seconds)| Status::of(reason, World::at(seconds)));
    (to.1, Payload::status(Some(&before), &now))
}

/// A text in a direct chat. The same number always gives the same message.
pub fn a_message(account: AccountId, number: u128, seconds: i64) -> Message {
    let phone = PhoneNumber::from_digits("15551234567").unwrap();
    let person = |id: u128| {
        let id = ContactId::from(uuid::Uuid::from_u128(id));
        Person::new(id, Identity { phone: Some(phone), lid: None })
    };
    let at = World::at(seconds);
    Message {
        id: MessageId::from(uuid::Uuid::from_u128(number)),
        account_id: account,
        wa_message_id: None,
        client_reference: None,
        chat: Chat {
            id: ChatId::from(uuid::Uuid::from_u128(4)),
            kind: ChatType::Direct,
            address: "15551234567@s.whatsapp.net".parse().unwrap(),
            name: Some("planted-name".to_owned()),
            person: Some(person(3)),
        },
        direction: Direction::Inbound,
        origin: Origin::Contact,
        created_by: None,
        sender: person(3),
        content: Content::Text(Text::of("planted-text")),
        reply_to: None,
        mentions: Vec::new(),
        forwarded: false,
        forwarding_score: 0,
        view_once: false,
        ephemeral_seconds: None,
        referral: None,
        edited_at: None,
        revoked_at: None,
        reactions: Vec::new(),
        status: MessageStatus::Received,
        status_at: at,
        failure: None,
        waiting: None,
        send_at: None,
        expires_at: None,
        priority: None,
        timestamp: at,
        created_at: at,
        received_via: Some(ReceivedVia::Live),
    }
}

pub fn received(account: AccountId, number: u128, seconds: i64) -> (i64, Payload) {
    (seconds, Payload::MessageReceived { message: Box::new(a_message(account, number, seconds)) })
}

pub fn accepted(account: AccountId, number: u128, seconds: i64) -> (i64, Payload) {
    (seconds, Payload::MessageAccepted { message: Box::new(a_message(account, number, seconds)) })
}

/// An event about a message that reaches this status `seconds` after noon.
pub fn moves(
    account: AccountId,
    number: u128,
    seconds: i64,
    (previous_status, status): (MessageStatus, MessageStatus),
) -> (i64, Payload) {
    let message = a_message(account, number, seconds);
    let failure = (status == MessageStatus::Failed).then(|| Failure::of(FailureCode::Expired));
    let payload = Payload::MessageStatus {
        message_id: message.id,
        wa_message_id: None,
        client_reference: None,
        chat: Box::new(message.chat),
        status,
        previous_status,
        recipient: None,
        failure,
        at: World::at(seconds),
    };
    (seconds, payload)
}
