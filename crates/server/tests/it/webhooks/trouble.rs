//! Endpoints that fail, and endpoints whose creator loses rights.

use std::time::Duration;

use linekeeper_model::access::Role;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::delivery::by_account;
use super::receiver::{Act, Receiver};
use super::world::World;
use crate::proxy::certificate::Certificate;

const OK: Act = Act::Answer(200, "ok");
const HOUR: Duration = Duration::from_secs(60 * 60);

/// The delivery with this status that has the lowest number, or `None` if there is no such delivery.
async fn first(world: &World, webhook: &str, status: &str) -> Option<Value> {
    world.deliveries(webhook, &format!("status={status}")).await.pop()
}

#[tokio::test]
async fn a_refused_event_is_dead_after_five_retries_and_the_next_one_is_sent() {
    let world = World::new(1).await;
    let receiver = Receiver::start(Act::Answer(500, "planted")).await;
    let (id, _) = world.webhook(&receiver, json!({})).await;
    world.happen(2).await;
    let dead = world.until(Duration::from_secs(60), async || first(&world, &id, "dead").await).await;
    assert_eq!(dead["tries"], 6);
    receiver.act(OK);
    world.until(Duration::from_secs(60), async || first(&world, &id, "delivered").await).await;
    let places: Vec<u64> = receiver.received().iter().map(super::receiver::Received::seq).collect();
    assert_eq!(places[..6], [places[0]; 6]);
    assert!(places[6..].iter().all(|place| *place > places[0]), "{places:?}");
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let world = World::new(1).await;
    let elsewhere = Receiver::start(OK).await;
    let receiver = Receiver::start(Act::With(301, format!("location: {}", elsewhere.url))).await;
    let (id, _) = world.webhook(&receiver, json!({})).await;
    let outcome = world.post(&format!("{id}/test"), Value::Null).await;
    assert_eq!((&outcome["status"], &outcome["failure"]), (&json!(301), &json!("status")));
    assert_eq!(elsewhere.received().len(), 0);
}

#[tokio::test]
async fn the_server_obeys_the_retry_after_header_of_a_receiver() {
    let world = World::new(1).await;
    let receiver = Receiver::start(Act::With(429, "retry-after: 900".to_owned())).await;
    let (id, _) = world.webhook(&receiver, json!({})).await;
    world.happen(1).await;
    receiver.at_least(1).await;
    let pending = world.until(Duration::ZERO, async || first(&world, &id, "pending").await).await;
    let at = |field: &str| pending[field].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    let pause = at("nextTryAt").duration_since(at("updatedAt")).as_secs();
    assert!((900..=1080).contains(&pause), "{pause}");
    receiver.act(OK);
    world.until(Duration::from_secs(300), async || first(&world, &id, "delivered").await).await;
}

#[tokio::test]
async fn an_endpoint_that_answers_410_gets_nothing_until_somebody_resumes_it() {
    let world = World::new(1).await;
    let receiver = Receiver::start(Act::Answer(410, "")).await;
    let (id, _) = world.webhook(&receiver, json!({})).await;
    world.happen(2).await;
    let disabled = async || {
        let shown = world.show(&id).await;
        (shown["state"] == "disabled").then_some(shown)
    };
    let shown = world.until(HOUR.checked_div(60).unwrap(), disabled).await;
    assert_eq!((&shown["reason"], &shown["lastFailure"]["status"]), (&json!("gone"), &json!(410)));
    assert_eq!(receiver.received().len(), 1);
    receiver.act(OK);
    world.post(&format!("{id}/resume"), Value::Null).await;
    let received = receiver.at_least(3).await;
    assert!(received[1].seq() < received[2].seq());
}

#[tokio::test]
async fn every_kind_of_failure_has_its_own_code() {
    let world = World::new(1).await;
    let receiver = Receiver::start(Act::Body(10 * 1024 * 1024)).await;
    let (id, _) = world.webhook(&receiver, json!({ "timeoutSeconds": 1 })).await;
    let test = async || world.post(&format!("{id}/test"), Value::Null).await;
    let long = test().await;
    assert_eq!((&long["status"], long["answer"].as_str().unwrap().len()), (&json!(200), 4096));
    for (act, failure) in [(Act::Never, "timeout"), (Act::Cut, "connect")] {
        receiver.act(act);
        assert_eq!(test().await["failure"], failure);
    }
    let certificate = Certificate::new();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let nobody_knows = format!("https://{}/", listener.local_addr().unwrap());
    let mut serving = JoinSet::new();
    serving.spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let _refused = certificate.acceptor.accept(socket).await;
        }
    });
    for (url, failure) in [
        (nobody_knows.as_str(), "tls"),
        ("https://127.0.0.1:1/", "connect"),
        ("https://name.invalid/", "dns"),
        ("https://localhost/", "connect"),
    ] {
        let changed = world.owner().patch(&format!("/api/v1/webhooks/{id}"), json!({ "url": url })).await;
        assert_eq!(changed.status, 200, "{}", changed.text());
        assert_eq!(test().await["failure"], failure, "{url}");
    }
}

#[tokio::test]
async fn an_endpoint_that_fails_for_a_day_is_reported_as_failing_in_one_mail() {
    let world = World::new(2).await;
    let receiver = Receiver::start(Act::Answer(503, "")).await;
    let (id, _) = world.webhook(&receiver, json!({ "description": "CRM" })).await;
    let mut owner = world.owner.clone();
    owner.notify = true;
    let mut tx = world.app.storage.begin().await.unwrap();
    tx.members().update_mails(&world.owner, &owner).await.unwrap();
    tx.commit().await.unwrap();
    world.happen(1).await;
    let mailed = async || {
        let mails = world.app.mails().await;
        (!mails.is_empty()).then_some(mails)
    };
    let mails = world.until(HOUR / 4, mailed).await;
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].subject.as_str(), "A webhook has not worked for a day");
    assert!(mails[0].text.contains("CRM") && !mails[0].text.contains("/hook\n"), "{}", mails[0].text);
    receiver.act(OK);
    let well = async || {
        let found =
            world.app.storage.read().await.unwrap().webhooks().by_id(id.parse().unwrap()).await.unwrap();
        (!found.unwrap().health.is_down()).then_some(())
    };
    world.until(HOUR / 4, well).await;
    assert_eq!(world.app.mails().await, []);
}

#[tokio::test]
async fn waiting_events_of_a_deleted_account_are_not_sent() {
    let world = World::new(2).await;
    let receiver = Receiver::start(OK).await;
    let (id, _) = world.webhook(&receiver, json!({})).await;
    world.post(&format!("{id}/pause"), Value::Null).await;
    world.happen(3).await;
    let (gone, stays) = (world.accounts[0], world.accounts[1].to_string());
    let mut tx = world.app.storage.begin().await.unwrap();
    tx.accounts().delete(gone).await.unwrap();
    tx.commit().await.unwrap();
    world.post(&format!("{id}/resume"), Value::Null).await;
    let received = receiver.at_least(3).await;
    assert_eq!(by_account(&received).into_keys().collect::<Vec<_>>(), [stays]);
}

#[tokio::test]
async fn an_endpoint_whose_creator_lost_rights_stops_until_another_member_resumes_it() {
    let world = World::new(1).await;
    let receiver = Receiver::start(OK).await;
    let (id, _) = world.webhook(&receiver, json!({})).await;
    world.happen(1).await;
    receiver.at_least(1).await;
    let other = world.app.member("dora@example.org", Role::Admin, Some(world.owner.workspace_id)).await;
    let mut demoted = world.owner.clone();
    demoted.role = Role::Agent;
    let mut tx = world.app.storage.begin().await.unwrap();
    tx.members().update_role(&demoted).await.unwrap();
    tx.commit().await.unwrap();
    world.happen(1).await;
    let path = format!("/api/v1/webhooks/{id}");
    let disabled = async || {
        let shown = other.get(&path).await.json();
        (shown["state"] == "disabled").then_some(shown)
    };
    let shown = world.until(Duration::ZERO, disabled).await;
    assert_eq!(shown["reason"], "maker_lost_rights");
    assert_eq!(receiver.received().len(), 1);
    let resumed = other.post(&format!("{path}/resume"), Value::Null).await;
    assert_eq!(resumed.json()["userId"], other.user.user.id.to_string());
    receiver.at_least(2).await;
}
