//! Each event is counted once, whichever process is killed and however many servers count.

use std::time::Duration;

use linekeeper::analytics::remove_old;
use linekeeper_model::clock::Clock as _;
use linekeeper_model::message::MessageStatus::{Delivered, Queued, Sent};
use linekeeper_model::status::Reason;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::world::{World, accepted, becomes, moves, received};
use crate::webhooks;
use crate::webhooks::receiver::{Act, Receiver};

const MESSAGES: &str = "/api/v1/analytics/messages?from=2026-06-01T00:00:00Z&to=2026-06-02T00:00:00Z";
const ACCOUNTS: &str = "/api/v1/analytics/accounts?from=2026-06-01T00:00:00Z&to=2026-06-02T00:00:00Z";

async fn total(world: &World, path: &str) -> Value {
    world.owner().get(path).await.json()["total"].clone()
}

#[tokio::test]
async fn each_event_is_counted_once_if_the_counter_is_killed_repeatedly() {
    let mut world = World::new().await;
    let account = world.account;
    for round in 0..12_u128 {
        world.start();
        for message in 0..20 {
            let number = 1_000 + round * 20 + message;
            let seconds = i64::try_from(number).unwrap();
            world
                .tell(
                    account,
                    vec![
                        accepted(account, number, seconds),
                        moves(account, number, seconds + 1, (Queued, Sent)),
                        moves(account, number, seconds + 3, (Sent, Delivered)),
                    ],
                )
                .await;
            // Lets the counter run a little longer in each round. So each kill comes at another moment between reading
            // and writing.
            for _ in 0..round {
                tokio::task::yield_now().await;
            }
        }
        world.kill().await;
    }
    world.start();
    world.counted().await;
    let figures = total(&world, MESSAGES).await;
    let counts = &figures["counts"];
    assert_eq!([&counts["accepted"], &counts["sent"], &counts["delivered"]], [240, 240, 240]);
    assert_eq!(figures["deliveryTime"]["count"], 240);
    assert_eq!(figures["types"][0]["counts"], *counts);

    // The position is in the database and not in the counter. A counter that starts must continue there, and not
    // count the log again from the beginning.
    world.kill().await;
    world.start();
    world.counted().await;
    assert_eq!(total(&world, MESSAGES).await, figures);
}

#[tokio::test]
async fn two_concurrent_counters_count_each_event_once() {
    let mut world = World::new().await;
    let account = world.account;
    for number in 0..40 {
        if number % 10 == 0 {
            // The new counter takes over the cursor from the previous one, which is still reading.
            world.start();
        }
        world.tell(account, vec![received(account, 100 + number, 10)]).await;
    }
    world.counted().await;
    assert_eq!(total(&world, MESSAGES).await["counts"]["received"], 40);
}

#[tokio::test]
async fn events_are_not_counted_again_if_the_answer_to_the_commit_is_lost() {
    let mut world = World::new().await;
    let account = world.account;
    world.start();
    world.tell(account, vec![received(account, 1, 0)]).await;
    world.counted().await;
    // The state after a commit whose answer was lost: the database has the position after the next two events, but
    // the counter does not know it.
    let rows = world.app.rows().await;
    assert_eq!(rows.execute("UPDATE cursors SET seq = 3 WHERE reader = 'analytics'").await, 1);
    world.append(account, vec![received(account, 2, 0), received(account, 3, 0)]).await;
    world.tell(account, vec![received(account, 4, 0)]).await;
    world.counted().await;
    assert_eq!(total(&world, MESSAGES).await["counts"]["received"], 2, "the first and the last");
}

#[tokio::test]
async fn time_in_which_no_server_runs_is_reported_as_not_running() {
    let mut world = World::new().await;
    let account = world.account;
    world.start();
    world.tell(account, vec![becomes((Reason::UserDisconnected, 0), (Reason::Online, 0))]).await;
    world.counted().await;
    world.kill().await;
    world.let_it_be(3_600);
    world.start();
    world.tell(account, vec![becomes((Reason::Online, 0), (Reason::WaitingForNode, 3_600))]).await;
    world.tell(account, vec![becomes((Reason::WaitingForNode, 3_600), (Reason::Online, 3_600))]).await;
    world.counted().await;
    world.let_it_be(5_400);
    let figures = total(&world, ACCOUNTS).await;
    let time = &figures["time"];
    assert_eq!(time["notRunningMs"], 3_599_999, "the first server's only sign of life is its start");
    assert_eq!(time["connectedMs"], 1_800_001);
    assert_eq!(figures["reconnects"], 0);
}

#[tokio::test]
async fn webhook_attempts_are_counted() {
    let world = webhooks::world::World::new(2).await;
    let receiver = Receiver::start(Act::Answer(500, "")).await;
    let (id, _) = world.webhook(&receiver, json!({})).await;
    world.happen(1).await;
    let of_account = async |number: usize| {
        let path = format!("/api/v1/analytics/accounts/{}?step=week", world.accounts[number]);
        world.owner().get(&path).await.json()["total"]["webhooks"].clone()
    };
    let dead = async || world.deliveries(&id, "status=dead").await.get(1).cloned();
    world.until(Duration::from_secs(60), dead).await;
    for number in [0, 1] {
        assert_eq!(of_account(number).await, json!({ "taken": 0, "failed": 6, "dead": 1, "success": 0.0 }));
    }
    receiver.act(Act::Answer(200, ""));
    world.happen(2).await;
    let delivered = async || world.deliveries(&id, "status=delivered").await.get(3).cloned();
    world.until(Duration::from_secs(60), delivered).await;
    assert_eq!(of_account(1).await, json!({ "taken": 2, "failed": 6, "dead": 1, "success": 0.25 }));
}

#[tokio::test]
async fn figures_are_deleted_after_two_years_and_with_their_account() {
    let mut world = World::new().await;
    let account = world.account;
    let other = world.app.add_account(&world.owner, "Desk", None).await;
    world.start();
    world.tell(account, vec![received(account, 1, 0)]).await;
    world.tell(other, vec![received(other, 2, 0)]).await;
    world.counted().await;
    let stopping = CancellationToken::new();
    let removed = async |days: i64| {
        world.let_it_be(days * 86_400);
        remove_old(&world.app.storage, world.app.clock.now(), &stopping).await.unwrap()
    };
    assert_eq!(removed(731).await, 0);
    assert_eq!(total(&world, MESSAGES).await["counts"]["received"], 2);
    let mut tx = world.app.storage.begin().await.unwrap();
    tx.accounts().delete(other).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(total(&world, MESSAGES).await["counts"]["received"], 1);
    assert_eq!(removed(732).await, 1);
    assert_eq!(total(&world, MESSAGES).await["counts"]["received"], 0);
}

#[tokio::test]
async fn analytics_rows_contain_no_message_text_and_no_phone_number() {
    let mut world = World::new().await;
    let account = world.account;
    world.start();
    world
        .tell(
            account,
            vec![received(account, 1, 0), accepted(account, 2, 5), moves(account, 2, 6, (Queued, Sent))],
        )
        .await;
    world.counted().await;
    let rows = world.app.rows().await;
    for planted in ["planted", "15551234567"] {
        let found = format!("UPDATE analytics_days SET day = day WHERE figures LIKE '%{planted}%'");
        assert_eq!(rows.execute(&found).await, 0);
        let found = format!("UPDATE analytics_marks SET at = at WHERE label LIKE '%{planted}%'");
        assert_eq!(rows.execute(&found).await, 0);
    }
    assert!(rows.count("analytics_days").await > 0 && rows.count("analytics_marks").await > 0);
}
