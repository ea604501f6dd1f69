//! What the webhook routes accept, show and refuse.

use std::collections::BTreeMap;

use linekeeper_model::access::{Permission, Role};
use serde_json::{Value, json};

use super::receiver::{Act, Receiver};
use super::world::World;
use crate::app::App;

#[tokio::test]
async fn an_invalid_endpoint_url_is_refused_with_its_reason() {
    let app = App::new().await;
    let owner = app.owner().await;
    for (url, expected) in [
        (json!(7), "wrong_type"),
        (json!("crm.example.org"), "invalid"),
        (json!("ftp://crm.example.org/"), "invalid"),
        (json!("https://ana:secret@crm.example.org/"), "invalid"),
        (json!("https://crm.example.org/#top"), "invalid"),
        (json!("http://8.8.8.8/"), "invalid"),
        (json!("http://name.invalid/"), "invalid"),
        (json!("https://10.0.0.1/"), "out_of_range"),
        (json!("https://192.168.1.1/"), "out_of_range"),
        (json!("https://169.254.169.254/latest"), "out_of_range"),
        (json!("https://[::1]/"), "out_of_range"),
        (json!("https://[fd00::1]/"), "out_of_range"),
        (json!("https://[::ffff:10.0.0.1]/"), "out_of_range"),
        (json!("https://0x0a000001/"), "out_of_range"),
    ] {
        let refused = owner.post("/api/v1/webhooks", json!({ "url": url })).await;
        let first = refused.refusal();
        let expected = format!("400 validation_failed\nurl: {expected}: ");
        assert!(first.starts_with(&expected), "{url}: {first}");
        assert!(!first.contains("secret"), "{first}");
    }
    let listed = owner.get("/api/v1/webhooks").await;
    assert_eq!(listed.json()["data"], json!([]));
}

#[tokio::test]
async fn every_invalid_field_is_named_in_the_error() {
    let app = App::new().await;
    let owner = app.owner().await;
    let stranger = uuid::Uuid::from_u128(7);
    let refused = owner
        .post(
            "/api/v1/webhooks",
            json!({
                "url": "https://crm.example.org/", "types": ["message.*", "mess*"], "accounts": [],
                "chatTypes": ["direct", "channel"], "headers": { "A": "x\r\nEvil: y", "Host": "z" },
                "timeoutSeconds": 31, "after": -1, "colour": "red"
            }),
        )
        .await;
    insta::assert_snapshot!(refused.refusal(), @"
    400 validation_failed
    types[1]: invalid: must be the type of an event such as message.received, a group such as message.*, or *
    accounts: too_short: must name at least one account
    chatTypes[1]: invalid: must be direct, group, status, newsletter or broadcast
    headers[0]: invalid: must have a value of 1 to 2000 visible ASCII characters and spaces, without line breaks
    headers[1]: invalid: must not be a header that linekeeper or the connection sets
    timeoutSeconds: out_of_range: must be a whole number from 1 to 30
    after: out_of_range: must be a whole number, the `seq` of an event or 0
    colour: unknown_field: is not known here
    ");
    let unknown = json!({ "url": "https://crm.example.org/", "accounts": [stranger] });
    let refused = owner.post("/api/v1/webhooks", unknown).await;
    assert_eq!(
        refused.refusal(),
        "400 validation_failed\naccounts[0]: invalid: is not an account that you can reach"
    );
}

#[tokio::test]
async fn an_endpoint_is_shown_without_its_secrets_and_can_be_changed() {
    let world = World::new(1).await;
    let receiver = Receiver::start(Act::Answer(200, "ok")).await;
    let (id, secret) =
        world.webhook(&receiver, json!({ "headers": { "X-Key": "planted" }, "types": ["chat.*"] })).await;
    let path = format!("/api/v1/webhooks/{id}");
    let shown = world.owner().get(&path).await;
    assert!(!shown.text().contains("planted") && !shown.text().contains(&secret));
    assert_eq!(world.owner().patch(&path, json!({})).await.refusal(), "400 nothing_to_change");
    let change =
        json!({ "description": "CRM", "accounts": [world.accounts[0]], "headers": {}, "timeoutSeconds": 3 });
    let changed = world.owner().patch(&path, change).await.json();
    assert_eq!(
        [&changed["description"], &changed["headers"], &changed["timeoutSeconds"], &changed["types"]],
        [&json!("CRM"), &json!({}), &json!(3), &json!(["chat.*"])]
    );
    let cleared = world.owner().patch(&path, json!({ "description": null, "accounts": null })).await.json();
    assert_eq!((&cleared["description"], &cleared["accounts"]), (&Value::Null, &Value::Null));
    let audit = world.owner().get("/api/v1/audit?limit=50").await.json();
    let mut actions: BTreeMap<String, u32> = BTreeMap::new();
    for entry in audit["data"].as_array().unwrap() {
        *actions.entry(entry["action"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    assert_eq!((actions["webhook.created"], actions["webhook.updated"]), (1, 2));
    assert_eq!(world.owner().delete(&path).await.status, 204);
    assert_eq!(world.owner().delete(&path).await.refusal(), "404 webhook_not_found");
    assert_eq!(world.owner().get(&path).await.refusal(), "404 webhook_not_found");
}

#[tokio::test]
async fn an_endpoint_gets_only_events_that_its_api_key_may_read() {
    let world = World::new(1).await;
    let receiver = Receiver::start(Act::Answer(200, "ok")).await;
    let only_webhooks = world.app.with_key(&world.owner, &[Permission::WebhooksManage], None).await;
    let reading =
        world.app.with_key(&world.owner, &[Permission::WebhooksManage, Permission::WhatsappRead], None);
    let reading = reading.await;
    let seen = Receiver::start(Act::Answer(200, "ok")).await;
    let made = only_webhooks.post("/api/v1/webhooks", json!({ "url": receiver.url })).await;
    assert_eq!(made.status, 201, "{}", made.text());
    assert_eq!(reading.post("/api/v1/webhooks", json!({ "url": seen.url })).await.status, 201);
    world.happen(2).await;
    seen.at_least(2).await;
    assert_eq!(receiver.received().len(), 0);
    let agent = world.app.member("ben@example.org", Role::Agent, Some(world.owner.workspace_id)).await;
    let refused = agent.post("/api/v1/webhooks", json!({ "url": receiver.url })).await;
    assert_eq!(refused.refusal(), "403 permission_denied");
}
