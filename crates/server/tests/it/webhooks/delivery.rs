//! What the receivers of webhooks get.

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;

use super::receiver::{Act, Received, Receiver};
use super::world::World;

const OK: Act = Act::Answer(200, "ok");

/// The sequence numbers of the received events by account, in the order of their arrival. Repeated events are
/// included.
pub fn by_account(received: &[Received]) -> BTreeMap<String, Vec<u64>> {
    let mut found: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    for request in received {
        found.entry(request.account()).or_default().push(request.seq());
    }
    found
}

fn assert_in_order(received: &[Received]) {
    for (account, places) in by_account(received) {
        assert!(places.is_sorted(), "{account}: {places:?}");
    }
}

/// Whether one of the request's signatures was made with this secret. The test computes the signature as a receiver of
/// webhooks does.
fn is_signed(request: &Received, secret: &str) -> bool {
    let key = BASE64_STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
    mac.update(
        format!("{}.{}.", request.headers["webhook-id"], request.headers["webhook-timestamp"]).as_bytes(),
    );
    mac.update(&request.body);
    let expected = format!("v1,{}", BASE64_STANDARD.encode(mac.finalize().into_bytes()));
    request.headers["webhook-signature"].split(' ').any(|signature| signature == expected)
}

#[tokio::test]
async fn events_arrive_signed_and_in_order_within_their_account() {
    let world = World::new(3).await;
    let receiver = Receiver::start(OK).await;
    let headers = json!({ "headers": { "X-Tenant": "planted" } });
    let (id, secret) = world.webhook(&receiver, headers).await;
    world.happen(40).await;
    let received = receiver.at_least(120).await;
    assert_eq!(received.len(), 120);
    assert_in_order(&received);
    for request in &received {
        assert!(is_signed(request, &secret), "{:?}", request.headers);
        assert_eq!(request.headers["x-tenant"], "planted");
        assert_eq!(request.headers["content-type"], "application/json");
        assert_eq!(request.json()["id"], request.headers["webhook-id"].as_str());
    }
    let first = received[0].json();
    assert_eq!(
        (&first["type"], &first["data"]["fields"][0]),
        (&json!("account.updated"), &json!("displayName"))
    );
    let shown = world
        .until(Duration::from_secs(1), async || {
            let shown = world.show(&id).await;
            (shown["lag"] == 0).then_some(shown)
        })
        .await;
    assert_eq!((&shown["state"], &shown["headers"]), (&json!("active"), &json!({ "x-tenant": "***" })));
    let delivered = world.deliveries(&id, "status=delivered&limit=200").await;
    assert_eq!(delivered.len(), 120);
    let one = format!("/api/v1/webhooks/{id}/deliveries/{}", delivered[0]["id"].as_str().unwrap());
    let one = world.owner().get(&one).await;
    assert_eq!(
        (&one.json()["attempts"][0]["status"], &one.json()["attempts"][0]["answer"]),
        (&json!(200), &json!("ok"))
    );
    assert!(!one.text().contains("planted"));
}

#[tokio::test]
async fn an_endpoint_that_never_answers_delays_no_other_endpoint() {
    let world = World::new(2).await;
    let (silent, well) = (Receiver::start(Act::Never).await, Receiver::start(OK).await);
    world.webhook(&silent, json!({ "timeoutSeconds": 30 })).await;
    world.webhook(&well, json!({})).await;
    world.happen(300).await;
    let received = well.at_least(600).await;
    assert_in_order(&received);
    assert!(silent.received().len() <= 16, "{}", silent.received().len());
}

#[tokio::test]
async fn an_endpoint_gets_only_the_selected_events() {
    let world = World::new(2).await;
    world.happen(1).await;
    let [receiver, other, all] =
        [Receiver::start(OK).await, Receiver::start(OK).await, Receiver::start(OK).await];
    let wanted = world.accounts[1].to_string();
    world.webhook(&receiver, json!({ "accounts": [wanted], "types": ["account.*"] })).await;
    world.webhook(&other, json!({ "types": ["message.received"] })).await;
    world.webhook(&all, json!({ "after": 0 })).await;
    world.happen(2).await;
    assert_eq!(all.at_least(6).await.len(), 6);
    let received = receiver.at_least(2).await;
    assert_eq!(by_account(&received).into_keys().collect::<Vec<_>>(), [wanted]);
    assert_eq!((received.len(), other.received().len()), (2, 0));
}

#[tokio::test]
async fn no_event_is_skipped_or_reordered_if_the_delivery_task_is_killed() {
    let mut world = World::new(4).await;
    let receivers = [Receiver::start(OK).await, Receiver::start(OK).await, Receiver::start(OK).await];
    for receiver in &receivers {
        world.webhook(receiver, json!({})).await;
    }
    for round in 1..=3 {
        world.happen(30).await;
        receivers[0].at_least(50 * round).await;
        world.kill().await;
        world.start();
    }
    let sent: usize = 3 * 30 * 4;
    for receiver in &receivers {
        let has_all = async || {
            let mut places: Vec<u64> = receiver.received().iter().map(Received::seq).collect();
            places.sort_unstable();
            places.dedup();
            (places.len() == sent).then_some(())
        };
        world.until(Duration::ZERO, has_all).await;
        for (account, places) in by_account(&receiver.received()) {
            // After a kill, the server repeats some earlier events. Without the repetitions, all events must be in
            // order.
            let mut newest = 0;
            for place in places {
                assert!(
                    place <= newest || is_next(&world, newest, place),
                    "{account}: {place} after {newest}"
                );
                newest = newest.max(place);
            }
        }
    }
}

/// Whether the event with the number `place` is the next event of the same account after the event with the number
/// `before`. In the log, the events of the accounts alternate. `before` is 0 if the account had no event yet.
fn is_next(world: &World, before: u64, place: u64) -> bool {
    let step = world.accounts.len() as u64;
    before == 0 && place <= step || place == before + step
}

#[tokio::test]
async fn after_a_secret_rotation_events_are_signed_with_both_secrets_for_a_time() {
    let world = World::new(1).await;
    let receiver = Receiver::start(OK).await;
    let (id, old) = world.webhook(&receiver, json!({})).await;
    let rotated = world.post(&format!("{id}/rotate-secret"), json!({ "overlapHours": 2 })).await;
    let new = rotated["secret"].as_str().unwrap().to_owned();
    world.happen(1).await;
    let during = receiver.at_least(1).await;
    assert!(is_signed(&during[0], &old) && is_signed(&during[0], &new));
    world.app.clock.advance(Duration::from_secs(2 * 60 * 60));
    assert_eq!(world.show(&id).await["previousSecretUntil"], Value::Null);
    world.happen(1).await;
    let after = receiver.at_least(2).await;
    assert!(!is_signed(&after[1], &old) && is_signed(&after[1], &new));
}

#[tokio::test]
async fn delivered_events_are_replayed_on_request_with_the_same_ids() {
    let world = World::new(1).await;
    let receiver = Receiver::start(OK).await;
    let (id, _) = world.webhook(&receiver, json!({})).await;
    world.happen(5).await;
    let first = receiver.at_least(5).await;
    let all = async || {
        let found = world.deliveries(&id, "status=delivered").await;
        (found.len() == 5).then_some(found)
    };
    let delivered = world.until(Duration::ZERO, all).await;
    let one = delivered[0]["id"].as_str().unwrap();
    let answer = world.post(&format!("{id}/deliveries/{one}/replay"), Value::Null).await;
    assert_eq!(answer, json!({ "count": 1 }));
    let again = receiver.at_least(6).await;
    assert_eq!(again[5].headers["webhook-id"], first[4].headers["webhook-id"]);
    world.until(Duration::ZERO, all).await;
    let range = json!({ "after": first[0].seq(), "until": first[3].seq(), "status": "delivered" });
    assert_eq!(world.post(&format!("{id}/replay"), range).await, json!({ "count": 3 }));
    let mut places: Vec<u64> = receiver.at_least(9).await[6..].iter().map(Received::seq).collect();
    places.sort_unstable();
    assert_eq!(places, [first[1].seq(), first[2].seq(), first[3].seq()]);
}

#[tokio::test]
async fn events_wait_during_a_pause_and_are_sent_after_the_endpoint_resumes() {
    let world = World::new(2).await;
    let receiver = Receiver::start(OK).await;
    let (id, _) = world.webhook(&receiver, json!({})).await;
    world.happen(1).await;
    receiver.at_least(2).await;
    assert_eq!(world.post(&format!("{id}/pause"), Value::Null).await["state"], "paused");
    let probe = Receiver::start(OK).await;
    world.webhook(&probe, json!({})).await;
    world.happen(3).await;
    // A second endpoint, which is not paused, gets all events.
    probe.at_least(6).await;
    assert_eq!(receiver.received().len(), 2);
    // The first two events count as lag until the rows of their requests are written.
    world.until(Duration::ZERO, async || (world.show(&id).await["lag"] == 6).then_some(())).await;
    world.post(&format!("{id}/resume"), Value::Null).await;
    assert_in_order(&receiver.at_least(8).await);
}
