//! Which callers may connect, and what happens if they lose a right while they listen.

use std::time::Duration;

use linekeeper_model::access::{Permission, Role};
use serde_json::json;

use super::world::World;

#[tokio::test]
async fn a_connection_without_a_valid_credential_is_refused() {
    let world = World::new().await;
    let sender = world.app.with_key(&world.owner, &[Permission::MessagesSend], None).await;
    let sender = sender.credential().to_owned();
    for (token, code) in [
        ("", "credential_required"),
        ("lk_nobody_has_it", "invalid_credential"),
        ("rubbish", "invalid_credential"),
        (sender.as_str(), "permission_denied"),
    ] {
        for way in ["websocket", "polling"] {
            let mut listener = world.listener(way, token).await;
            assert_eq!(listener.said("connect_error").await["code"], code, "{token} {way}");
        }
    }
}

#[tokio::test]
async fn a_deleted_key_gets_no_further_events() {
    for way in ["websocket", "polling"] {
        let world = World::new().await;
        let key = world.app.with_key(&world.owner, &[Permission::WhatsappRead], None).await;
        let key = key.credential().to_owned();
        let mut listener = world.following(way, &key, json!({})).await;
        let owner = world.app.with_header(&world.owner, "x-api-key", &world.key);
        let seq = world.happen(1).await;
        assert_eq!(listener.places(1).await, [seq]);
        let keys = owner.get("/api/v1/api-keys").await.json();
        for listed in keys["data"].as_array().unwrap() {
            if listed["scopes"] == json!(["whatsapp:read"]) {
                owner.delete(&format!("/api/v1/api-keys/{}", listed["id"].as_str().unwrap())).await;
            }
        }
        world.happen(1).await;
        assert_eq!(listener.said("closing").await["code"], "access_removed", "{way}");
        assert_eq!(listener.said("disconnect").await, "io server disconnect", "{way}");
    }
}

#[tokio::test]
async fn a_listener_is_disconnected_when_its_access_token_expires() {
    let world = World::new().await;
    let session = world.app.signed_in(&world.owner).await;
    let token = session.credential().strip_prefix("Bearer ").unwrap().to_owned();
    let mut listener = world.following("websocket", &token, json!({})).await;
    world.app.clock.advance(Duration::from_secs(16 * 60));
    world.happen(1).await;
    assert_eq!(listener.said("closing").await["code"], "credential_expired");
    assert_eq!(listener.said("disconnect").await, "io server disconnect");
    // The application signs in again and continues from its last event.
    listener.tell(json!({ "token": world.key })).await;
    listener.said("connect").await;
    let ack = listener.said("ack").await;
    assert_eq!(ack["gap"], false);
    assert_eq!(listener.places(1).await, [ack["seq"].as_u64().unwrap() + 1]);
}

#[tokio::test]
async fn a_withdrawn_share_ends_only_the_events_of_its_account() {
    let world = World::new().await;
    let other = world.app.add_account(&world.owner, "Other", None).await;
    let bob = world.app.member("bob@example.org", Role::Agent, Some(world.owner.workspace_id)).await;
    let (user, key) = (bob.user.clone(), bob.credential().to_owned());
    let owner = world.app.with_header(&world.owner, "x-api-key", &world.key);
    let share = |account| format!("/api/v1/whatsapp/accounts/{account}/shares/{}", user.user.id);
    for account in [world.account, other] {
        let shared = owner.put(&share(account)).await;
        assert!(shared.status.is_success(), "{}", shared.text());
    }
    for way in ["websocket", "polling"] {
        let mut listener = world.following(way, &key, json!({})).await;
        let one = world.happen(1).await;
        let two = world.happen_to(other, 1, "tags").await;
        assert_eq!(listener.places(2).await, [one, two], "{way}");
        owner.delete(&share(world.account)).await;
        world.happen(1).await;
        world.show_code("2@hidden");
        let next = world.happen_to(other, 1, "tags").await;
        assert_eq!(listener.places(1).await, [next], "{way}");
        owner.put(&share(world.account)).await;
    }
}

#[tokio::test]
async fn a_removed_member_is_disconnected_from_live_events() {
    let world = World::new().await;
    let bob = world.app.member("bob@example.org", Role::Admin, Some(world.owner.workspace_id)).await;
    let (user, key) = (bob.user.clone(), bob.credential().to_owned());
    let owner = world.app.with_header(&world.owner, "x-api-key", &world.key);
    let mut listener = world.following("polling", &key, json!({})).await;
    let removed = owner.delete(&format!("/api/v1/members/{}", user.user.id)).await;
    assert!(removed.status.is_success(), "{}", removed.text());
    world.happen(1).await;
    assert_eq!(listener.said("closing").await["code"], "access_removed");
    assert_eq!(listener.said("disconnect").await, "io server disconnect");
}

#[tokio::test]
async fn only_callers_who_may_link_accounts_get_the_qr_code() {
    let world = World::new().await;
    let reader = world.app.with_key(&world.owner, &[Permission::WhatsappRead], None).await;
    let reader = reader.credential().to_owned();
    let mut listener = world.following("websocket", &reader, json!({ "types": ["account.*"] })).await;
    world.show_code("2@secret");
    let seq = world.happen(1).await;
    assert_eq!(listener.places(1).await, [seq]);
}
