//! Webhook endpoints, and the deliveries of events to them: they are encrypted, and deliveries are kept in order. A
//! delivery is deleted together with its event.

use std::collections::BTreeSet;

use linekeeper_model::event::{Event, EventType, Filter, NewEvent, Payload, Seq};
use linekeeper_model::id::{AccountId, DeliveryId, WebhookId};
use linekeeper_model::user::{Member, Workspace};
use linekeeper_model::webhook::{
    Attempt, Delivery, DeliveryStatus, DisabledFor, Endpoint, EndpointHealth, Header, Maker, Private,
    WebhookSecret,
};
use linekeeper_storage::testing::Databases;
use linekeeper_storage::{DeliveryFilter, Storage, WaitingLane};

use crate::repositories::{an_account_of, at, with_owner};

fn an_endpoint(workspace: &Workspace, user: &Member) -> Endpoint {
    Endpoint {
        id: WebhookId::generate(at(1), &mut rand::rng()),
        workspace_id: workspace.id,
        maker: Maker { user: user.user.id, key: None },
        private: Some(Private {
            url: "https://crm.example.org/hooks/planted-path".parse().unwrap(),
            headers: vec![Header::new("x-tenant", "planted-header".to_owned()).unwrap()],
            secret: WebhookSecret::of([7; 32]),
            previous_secret: Some((WebhookSecret::of([8; 32]), at(900))),
        }),
        description: Some("CRM".to_owned()),
        filter: Filter::default(),
        timeout_seconds: 15,
        paused: false,
        disabled: None,
        resumes: 0,
        health: EndpointHealth::default(),
        created_at: at(1),
        updated_at: at(1),
    }
}

fn a_delivery(endpoint: &Endpoint, event: &Event, status: DeliveryStatus) -> Delivery {
    let answer = Some("planted-answer".to_owned());
    Delivery {
        id: DeliveryId::generate(at(2), &mut rand::rng()),
        webhook_id: endpoint.id,
        event_id: event.id,
        seq: event.seq,
        event_type: event.payload.event_type(),
        account_id: event.account_id,
        status,
        is_replay: false,
        attempts: vec![Attempt { at: at(2), duration_ms: 3, status: Some(200), failure: None, answer }],
        tries: 1,
        refusals: 0,
        next_try_at: None,
        created_at: at(2),
        updated_at: at(3),
    }
}

/// An endpoint, and six events: three for each of two accounts, in turn.
async fn a_world(storage: &Storage) -> (Endpoint, Vec<Event>, [AccountId; 2]) {
    let (workspace, user) = with_owner(storage).await;
    let endpoint = an_endpoint(&workspace, &user);
    let accounts = ["Shop", "Bar"].map(|name| an_account_of(&workspace, &user, name));
    let mut tx = storage.begin().await.unwrap();
    tx.webhooks().insert(&endpoint).await.unwrap();
    let mut events = Vec::new();
    for account in &accounts {
        tx.accounts().insert(account).await.unwrap();
    }
    for _ in 0..3 {
        for account in &accounts {
            let payload = Payload::AccountUpdated { fields: vec!["displayName".to_owned()] };
            let event = NewEvent::of_account(workspace.id, account.id, payload, at(1), &mut rand::rng());
            let seq = tx.events().append(&event).await.unwrap();
            events.push(event.at(seq));
        }
    }
    tx.commit().await.unwrap();
    (endpoint, events, accounts.map(|account| account.id))
}

#[tokio::test]
async fn an_endpoint_is_stored_encrypted_and_read_back_unchanged() {
    for database in Databases::each().await {
        let storage = database.open().await;
        let (endpoint, ..) = a_world(&storage).await;
        let mut tx = storage.begin().await.unwrap();
        let (workspace, id) = (endpoint.workspace_id, endpoint.id);
        assert_eq!(tx.webhooks().get(workspace, id).await.unwrap(), Some(endpoint.clone()));
        assert_eq!(tx.webhooks().list(workspace, None, 9).await.unwrap(), std::slice::from_ref(&endpoint));
        assert_eq!(tx.webhooks().list(workspace, Some(id), 9).await.unwrap(), []);
        assert_eq!(
            (tx.webhooks().count(workspace).await.unwrap(), tx.webhooks().ids().await.unwrap()),
            (1, vec![id])
        );

        let health = EndpointHealth { down_since: Some(at(5)), ..EndpointHealth::default() };
        tx.webhooks().set_health(id, &health).await.unwrap();
        let mut changed = Endpoint { paused: true, description: None, resumes: 3, ..endpoint.clone() };
        changed.private.as_mut().unwrap().previous_secret = None;
        assert!(tx.webhooks().update(&changed).await.unwrap());
        tx.webhooks().disable(id, DisabledFor::Gone).await.unwrap();
        tx.webhooks().disable(id, DisabledFor::MakerLostRights).await.unwrap();
        let stored = tx.webhooks().by_id(id).await.unwrap().unwrap();
        let expected =
            Endpoint { health, disabled: Some(DisabledFor::Gone), updated_at: stored.updated_at, ..changed };
        assert_eq!(stored, expected, "the health is not the caller's, and the first reason stays");
        tx.commit().await.unwrap();

        let other = WebhookId::from(uuid::Uuid::from_u128(9));
        let swap = format!("UPDATE webhooks SET id = '{other}' WHERE id = '{id}'");
        database.inspect_product().await.execute(&swap).await;
        let mut tx = storage.begin().await.unwrap();
        let moved = tx.webhooks().list(workspace, None, 9).await.unwrap().remove(0);
        assert_eq!(moved.private, None, "what is sealed opens in its own row alone");
        assert!(tx.webhooks().delete(workspace, moved.id).await.unwrap());
        assert!(!tx.webhooks().delete(workspace, moved.id).await.unwrap());
    }
}

#[tokio::test]
async fn waiting_deliveries_are_found_by_account_and_in_order() {
    for database in Databases::each().await {
        let storage = database.open().await;
        let (endpoint, events, [shop, bar]) = a_world(&storage).await;
        let mut tx = storage.begin().await.unwrap();
        let mut rows: Vec<Delivery> =
            events.iter().map(|event| a_delivery(&endpoint, event, DeliveryStatus::Pending)).collect();
        rows[1].status = DeliveryStatus::Delivered;
        rows[0].next_try_at = Some(at(70));
        tx.deliveries().put_all(&rows).await.unwrap();
        let id = endpoint.id;
        let mut lanes = tx.deliveries().lanes(id).await.unwrap();
        lanes.sort_by_key(|lane| lane.next_try_at);
        let since = Some(rows[0].created_at);
        let waiting = |account, next_try_at| WaitingLane { account: Some(account), next_try_at, since };
        assert_eq!(lanes, [waiting(bar, None), waiting(shop, Some(at(70)))]);
        let found = tx.deliveries().waiting(id, Some(shop), 2).await.unwrap();
        assert_eq!(found, [(rows[0].clone(), events[0].clone()), (rows[2].clone(), events[2].clone())]);
        let places: BTreeSet<Seq> = events[2..].iter().map(|event| event.seq).collect();
        assert_eq!(tx.deliveries().places_after(id, events[1].seq).await.unwrap(), places);
        assert_eq!(tx.deliveries().count_waiting(id, 9).await.unwrap(), 5);
        assert_eq!(tx.deliveries().count_waiting(id, 2).await.unwrap(), 2);
        // Write rows for the same events again. They replace the old rows.
        for row in &mut rows {
            (row.status, row.tries, row.next_try_at) = (DeliveryStatus::Delivered, 2, None);
        }
        tx.deliveries().put_all(&rows).await.unwrap();
        assert_eq!(tx.deliveries().lanes(id).await.unwrap(), []);
        assert_eq!(tx.deliveries().get(id, rows[3].id).await.unwrap(), Some(rows[3].clone()));
    }
}

#[tokio::test]
async fn deliveries_are_listed_newest_first_and_replayed_on_request() {
    for database in Databases::each().await {
        let storage = database.open().await;
        let (endpoint, events, [_, bar]) = a_world(&storage).await;
        let id = endpoint.id;
        let mut tx = storage.begin().await.unwrap();
        let mut rows: Vec<Delivery> =
            events.iter().map(|event| a_delivery(&endpoint, event, DeliveryStatus::Delivered)).collect();
        rows[1].status = DeliveryStatus::Dead;
        rows[5].status = DeliveryStatus::Pending;
        tx.deliveries().put_all(&rows).await.unwrap();
        let mut listed = async |filter: DeliveryFilter| -> Vec<u64> {
            let found = tx.deliveries().list(id, &filter).await.unwrap();
            found.iter().map(|row| row.seq.get()).collect()
        };
        let all = DeliveryFilter { limit: 10, ..DeliveryFilter::default() };
        assert_eq!(listed(all).await, [6, 5, 4, 3, 2, 1]);
        assert_eq!(listed(DeliveryFilter { limit: 2, before: Some(Seq::new(5)), ..all }).await, [4, 3]);
        assert_eq!(listed(DeliveryFilter { status: Some(DeliveryStatus::Dead), ..all }).await, [2]);
        assert_eq!(listed(DeliveryFilter { account: Some(bar), ..all }).await, [6, 4, 2]);
        let other = Some(EventType::MessageReceived);
        assert_eq!(listed(DeliveryFilter { event_type: other, ..all }).await, [] as [u64; 0]);

        assert!(tx.deliveries().replay(id, rows[0].id).await.unwrap());
        assert!(!tx.deliveries().replay(id, rows[0].id).await.unwrap(), "it waits");
        let range = (Seq::new(1), Seq::new(6));
        let types = [EventType::AccountUpdated];
        let dead = Some(DeliveryStatus::Dead);
        assert_eq!(
            tx.deliveries().replay_range(id, range, dead, &types, 9).await.unwrap(),
            (1, Some(Seq::new(2)))
        );
        assert_eq!(
            tx.deliveries().replay_range(id, range, None, &[], 2).await.unwrap(),
            (2, Some(Seq::new(4)))
        );
        assert_eq!(
            tx.deliveries().replay_range(id, range, None, &[], 9).await.unwrap(),
            (1, Some(Seq::new(5)))
        );
        let due = tx.deliveries().replays(id, at(9), 9).await.unwrap();
        let places: Vec<u64> = due.iter().map(|(row, event)| (row.seq.get(), event.seq.get()).0).collect();
        assert_eq!(places, [1, 2, 3, 4, 5], "the one that waits in order stays there");
        assert_eq!(tx.deliveries().lanes(id).await.unwrap().len(), 1);
        assert!(tx.deliveries().next_replay(id).await.unwrap().is_some());
    }
}

#[tokio::test]
async fn deliveries_are_deleted_with_their_events_and_late_results_change_nothing() {
    for database in Databases::each().await {
        let storage = database.open().await;
        let (endpoint, events, [shop, _]) = a_world(&storage).await;
        let id = endpoint.id;
        let rows: Vec<Delivery> =
            events.iter().map(|event| a_delivery(&endpoint, event, DeliveryStatus::Delivered)).collect();
        let mut tx = storage.begin().await.unwrap();
        tx.deliveries().put_all(&rows).await.unwrap();
        tx.accounts().delete(shop).await.unwrap();
        let left = |rows: Vec<Delivery>| -> Vec<u64> { rows.iter().map(|row| row.seq.get()).collect() };
        let all = DeliveryFilter { limit: 10, ..DeliveryFilter::default() };
        assert_eq!(left(tx.deliveries().list(id, &all).await.unwrap()), [6, 4, 2]);
        tx.deliveries().put_all(&rows).await.unwrap();
        assert_eq!(left(tx.deliveries().list(id, &all).await.unwrap()), [6, 4, 2]);
        tx.events().prune(at(100), 10).await.unwrap();
        assert_eq!(left(tx.deliveries().list(id, &all).await.unwrap()), [] as [u64; 0]);
        tx.commit().await.unwrap();
        let mut tx = storage.begin().await.unwrap();
        assert!(tx.webhooks().delete(endpoint.workspace_id, id).await.unwrap());
        tx.deliveries().put_all(&rows).await.unwrap();
    }
}
