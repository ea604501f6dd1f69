//! Clients that are too slow, and callers that open too many connections.

use linekeeper::http::{Capacity, Settings};

use super::bare::{Bare, event};
use super::world::{PATIENCE, World};
use crate::app::App;

/// In these tests, a client is disconnected when it is this many events behind.
const MOST_BEHIND: u32 = 500;
/// How many events the test appends. A client may be [`MOST_BEHIND`] events behind. 400 more events have 1.6 MB (4 KB
/// each), which is more than the small buffers of both sockets hold.
const FLOOD: usize = MOST_BEHIND as usize + 400;

#[tokio::test]
async fn only_a_client_that_does_not_read_is_disconnected() {
    let mut app = App::new().await;
    app.cut_off_behind(MOST_BEHIND);
    let world = World::of(app).await;
    let mut slow = Bare::open(&world).await;
    slow.connect(&world.key).await;
    slow.subscribe().await;
    let mut quick = Bare::open(&world).await;
    quick.connect(&world.key).await;
    quick.subscribe().await;
    let long = "x".repeat(4_000);
    for _ in 0..FLOOD / 100 {
        world.happen_to(world.account, 100, &long).await;
        // The fast client keeps up, however slow the machine is.
        for _ in 0..100 {
            let text = quick.next().await.expect("it is not cut off");
            assert_eq!(event(&text).0, "event");
        }
    }
    let cut = async {
        while !world.app.exposition.text().contains("live_closed_total{code=\"slow_consumer\"} 1") {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, cut).await.expect("it is cut off");
    // The events that the server had already sent arrive in order. Then the server sends the reason and closes the
    // connection.
    let (mut last, mut closing) = (0, None);
    while let Some(text) = slow.next().await {
        let (name, data) = event(&text);
        if name == "event" {
            let seq = data["seq"].as_u64().unwrap();
            assert!(last == 0 || seq == last + 1, "{last} {seq}");
            last = seq;
        } else {
            closing = Some((name, data["code"].clone()));
        }
    }
    assert!(last > 0 && last < FLOOD as u64);
    assert_eq!(closing, Some(("closing".to_owned(), "slow_consumer".into())));
}

#[tokio::test]
async fn each_credential_may_have_only_a_limited_number_of_open_connections() {
    // With 64 connections in total, one credential may have four long ones.
    let capacity = Capacity::of_sockets(64);
    let world = World::with(Settings { capacity, ..Settings::default() }).await;
    let mut clients = Vec::new();
    for _ in 0..4 {
        let mut client = Bare::open(&world).await;
        assert!(client.connect(&world.key).await.starts_with("40/events,"));
        clients.push(client);
    }
    let mut fifth = Bare::open(&world).await;
    let refused = fifth.connect(&world.key).await;
    assert!(refused.contains("\"code\":\"too_many_requests\""), "{refused}");
    assert_eq!(fifth.next().await, None);
    clients.pop();
    let again = async {
        loop {
            if Bare::open(&world).await.connect(&world.key).await.starts_with("40/") {
                break;
            }
        }
    };
    tokio::time::timeout(PATIENCE, again).await.expect("a place is given back");
}

#[tokio::test]
async fn invalid_packets_end_only_their_own_connection() {
    let world = World::new().await;
    for text in ["4", "hello", "42/events,1[", "451-[\"a\",{\"_placeholder\":true,\"num\":0}]", "5"] {
        let mut bare = Bare::open(&world).await;
        bare.connect(&world.key).await;
        bare.say(text).await;
        assert_eq!(bare.next().await, None, "{text}");
    }
    let mut bare = Bare::open(&world).await;
    bare.say("40/admin,{}").await;
    assert!(bare.next().await.unwrap().starts_with("44/admin,{\"data\":{\"code\":\"invalid_namespace\"}"));
}
