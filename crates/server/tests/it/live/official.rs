//! The official client (socket.io-client from npm) over WebSocket, over polling, and when it upgrades from polling
//! to WebSocket.

use serde_json::json;

use super::world::World;

const WAYS: [&str; 3] = ["websocket", "polling", "both"];

#[tokio::test]
async fn every_event_arrives_once_and_in_order() {
    let world = World::new().await;
    world.happen(150).await;
    for way in WAYS {
        let first = world.happen(1).await;
        let mut listener = world.following(way, &world.key, json!({ "after": first - 150 })).await;
        // More events are appended while the client still reads the earlier ones.
        let last = world.happen(40).await;
        let expected: Vec<u64> = (first - 149..=last).collect();
        assert_eq!(listener.places(190).await, expected, "{way}");
        let next = world.happen(1).await;
        assert_eq!(listener.places(1).await, [next], "{way}");
    }
    let metrics = world.app.exposition.text();
    assert!(metrics.contains("linekeeper_live_events_total{transport=\"polling\"} "), "{metrics}");
}

#[tokio::test]
async fn live_events_equal_their_log_entries_and_transient_events_have_no_seq() {
    let world = World::new().await;
    for way in WAYS {
        let mut listener = world.following(way, &world.key, json!({})).await;
        let seq = world.happen(1).await;
        let mut said = listener.next().await;
        if said.get("upgrade").is_some() {
            said = listener.next().await;
        }
        let page = world.app.with_header(&world.owner, "x-api-key", &world.key);
        let page = page.get(&format!("/api/v1/events?after={}", seq - 1)).await.json();
        assert_eq!(said["event"], page["data"][0], "{way}");
        world.show_code("2@shown");
        let mut said = listener.next().await;
        if said.get("upgrade").is_some() {
            said = listener.next().await;
        }
        let event = &said["event"];
        assert_eq!((&event["seq"], &event["type"]), (&json!(null), &json!("account.qr_code")), "{way}");
        assert_eq!(event["data"]["qrCode"], "2@shown");
    }
}

#[tokio::test]
async fn a_second_subscription_replaces_the_first_and_an_invalid_one_changes_nothing() {
    let world = World::new().await;
    let last = world.happen(3).await;
    let mut listener = world.following("websocket", &world.key, json!({ "types": ["message.*"] })).await;
    for (wish, code) in [
        (json!({ "types": ["account.stauts"] }), "validation_failed"),
        (json!({ "accounts": ["01890a5d-ac96-774b-bcce-b302099a8111"] }), "account_not_found"),
        (json!({ "since": 3 }), "validation_failed"),
    ] {
        listener.tell(json!({ "subscribe": wish })).await;
        assert_eq!(listener.said("ack").await["error"]["code"], code);
    }
    listener.tell(json!({ "subscribe": { "after": last + 100, "types": ["account.updated"] } })).await;
    // The client has already read later events than `after`, so it continues after the last of them.
    assert_eq!(listener.said("ack").await["gap"], false);
    let next = world.happen(2).await;
    assert_eq!(listener.places(2).await, [next - 1, next]);
}

#[tokio::test]
async fn clients_are_disconnected_by_a_stopping_server_and_try_to_reconnect() {
    let world = World::new().await;
    for way in ["websocket", "polling"] {
        let world = if way == "websocket" { &world } else { &World::new().await };
        let mut listener = world.following(way, &world.key, json!({})).await;
        world.app.lifecycle.stop();
        let mut said = listener.next().await;
        if let Some(closing) = said.get("closing") {
            assert_eq!(closing["code"], "shutting_down", "{way}");
            said = listener.next().await;
        } else {
            // If a polling client is between two requests, it gets no reason and only finds that the server is gone.
            assert_eq!(way, "polling", "{said}");
        }
        let reason = &said["disconnect"];
        assert!(reason == "transport close" || reason == "transport error", "{way}: {said}");
        // The client tries to reconnect by itself.
        assert!(listener.said("connect_error").await.is_string(), "{way}");
    }
}
