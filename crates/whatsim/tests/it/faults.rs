//! Setting and clearing faults by JSON.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use crate::http::Sim;
use serde_json::json;

#[tokio::test]
async fn a_fault_is_listed_until_it_is_cleared() {
    let sim = Sim::start().await;
    let set = sim
        .post("/admin/faults", json!({ "scope": "15550000001:1", "kind": "stream_error", "times": 2, "params": { "code": 515 } }))
        .await;
    assert_eq!(set.status, 201);
    assert_eq!(
        set.body,
        json!({
            "id": 1, "scope": "15550000001:1", "kind": "stream_error", "params": { "code": 515 },
            "times": 2, "until": null, "remaining": 2, "hits": 0, "applied": 0,
        })
    );
    assert_eq!(sim.get("/admin/faults").await.body["faults"][0]["id"], 1);
    assert_eq!(sim.get("/admin/state").await.body["faults"], 1);
    assert_eq!(sim.delete("/admin/faults/1").await.status, 204);
    sim.delete("/admin/faults/1").await.refuses(404, "fault_not_found", "1");
    assert_eq!(sim.get("/admin/faults").await.body["faults"], json!([]));
}

#[tokio::test]
async fn invalid_faults_are_refused() {
    let sim = Sim::start().await;
    for (body, field) in [
        (json!({ "scope": "all", "kind": "quake" }), "kind"),
        (json!({ "scope": "everybody", "kind": "black_hole" }), "scope"),
        (json!({ "kind": "black_hole" }), "scope"),
        (json!({ "scope": "all", "kind": "failure" }), "reason"),
        (json!({ "scope": "all", "kind": "failure", "params": { "reason": 70_000 } }), "params"),
        (json!({ "scope": "all", "kind": "slow", "params": { "delay": 5 } }), "delay"),
        (json!({ "scope": "all", "kind": "black_hole", "times": 0 }), "times"),
        (json!({ "scope": "all", "kind": "black_hole", "times": -1 }), "times"),
        (json!({ "scope": "all", "kind": "black_hole", "until": "2001-01-01T00:00:00Z" }), "until"),
        (json!({ "scope": "all", "kind": "black_hole", "until": "tomorrow" }), "until"),
        (json!({ "scope": "all", "kind": "black_hole", "until": 5 }), "until"),
        (json!({ "scope": "all", "kind": "capping" }), "level"),
        (json!({ "scope": "all", "kind": "capping", "params": { "level": "none" } }), "none"),
        (json!({ "scope": "all", "kind": "capping", "times": 1, "params": { "level": "capped" } }), "times"),
        (json!({ "scope": "all", "kind": "reachout_timelock" }), "until"),
        (json!({ "scope": "15550000001:1", "kind": "phone_offline" }), "scope"),
        (json!({ "scope": "15550000001:1", "kind": "passkey_required" }), "scope"),
        (json!({ "scope": "all", "kind": "passkey_required", "params": { "refuse": "me" } }), "me"),
        (json!({ "scope": "all", "kind": "corrupt_pairing", "params": { "how": "badly" } }), "params"),
        (json!({ "scope": "all", "kind": "ack_error" }), "code"),
        (json!({ "scope": "all", "kind": "slow_ack" }), "delayMs"),
        (json!({ "scope": "all", "kind": "media_truncated", "params": { "how": "badly" } }), "badly"),
    ] {
        sim.post("/admin/faults", body).await.refuses(400, "invalid_field", field);
    }
    sim.delete("/admin/faults/x").await.refuses(400, "invalid_field", "id");
    assert_eq!(sim.get("/admin/faults").await.body["faults"], json!([]));
}

#[tokio::test]
async fn an_instant_fault_ends_at_once_if_nobody_is_connected() {
    let sim = Sim::start().await;
    let set = sim.post("/admin/faults", json!({ "scope": "all", "kind": "drop_connection" })).await;
    assert_eq!((&set.body["remaining"], &set.body["applied"]), (&json!(0), &json!(0)));
    assert_eq!(sim.get("/admin/state").await.body["faults"], 0);
}

#[tokio::test]
async fn an_offline_phone_does_nothing_and_receives_its_messages_later() {
    let sim = Sim::start().await;
    for number in ["4915550001", "4915550002"] {
        sim.post("/admin/phones", json!({ "number": number })).await;
    }
    let fault = json!({ "scope": "4915550001", "kind": "phone_offline" });
    let id = sim.post("/admin/faults", fault).await.body["id"].clone();
    let text = json!({ "to": "4915550002", "text": "from the dark" });
    sim.post("/admin/phones/4915550001/messages", text).await.refuses(409, "phone_offline", "4915550001");
    let profile = json!({ "name": "Nobody" });
    sim.post("/admin/phones/4915550001/profile", profile).await.refuses(409, "phone_offline", "4915550001");

    let text = json!({ "to": "4915550001", "text": "are you there?" });
    assert_eq!(sim.post("/admin/phones/4915550002/messages", text).await.status, 200);
    let phones = sim.server.phones();
    assert_eq!(phones.inbox("4915550001", 0).unwrap(), []);
    assert_eq!(phones.get("4915550002").unwrap().delivered, 0);

    assert_eq!(sim.delete(&format!("/admin/faults/{id}")).await.status, 204);
    let caught_up = async {
        while phones.get("4915550002").unwrap().delivered == 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(10), caught_up).await.unwrap();
    assert_eq!(phones.inbox("4915550001", 0).unwrap()[0].text(), Some("are you there?"));
}

#[tokio::test]
async fn a_phone_is_online_again_when_its_fault_ends() {
    let sim = Sim::start().await;
    for number in ["4915550001", "4915550002"] {
        sim.post("/admin/phones", json!({ "number": number })).await;
    }
    let until = jiff::Timestamp::now() + std::time::Duration::from_millis(300);
    let fault = json!({ "scope": "4915550001", "kind": "phone_offline", "until": until });
    assert_eq!(sim.post("/admin/faults", fault).await.status, 201);
    let text = json!({ "to": "4915550001", "text": "are you there?" });
    assert_eq!(sim.post("/admin/phones/4915550002/messages", text).await.status, 200);
    let heard = async {
        while sim.server.phones().inbox("4915550001", 0).unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(10), heard).await.unwrap();
    assert!(jiff::Timestamp::now() >= until, "not before its end");
}

/// Waits until a phone's inbox has a message with the text `last`. Returns the texts of all messages in the inbox.
async fn bodies(sim: &Sim, number: &str, last: &str) -> Vec<String> {
    let listed = async {
        loop {
            let inbox = sim.server.phones().inbox(number, 0).unwrap();
            let bodies: Vec<String> = inbox.iter().filter_map(|m| Some(m.text()?.to_owned())).collect();
            if bodies.iter().any(|body| body == last) {
                return bodies;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(10), listed).await.unwrap()
}

#[tokio::test]
async fn a_message_arrives_once_even_if_it_is_damaged_or_duplicated_or_delayed() {
    let sim = Sim::start().await;
    sim.phones(&["4915550001", "4915550002"]).await;
    let fault = |kind: &str, params: serde_json::Value| json!({ "scope": "4915550002:0", "kind": kind, "times": 1, "params": params });
    let say = |text: &str| sim.say("4915550001", json!({ "to": "4915550002", "text": text }));
    say("first").await;
    sim.post("/admin/faults", fault("corrupt_ciphertext", json!({}))).await;
    say("damaged").await;
    assert_eq!(bodies(&sim, "4915550002", "damaged").await, ["first", "damaged"]);
    let inbox = sim.server.phones().inbox("4915550002", 0).unwrap();
    assert_eq!(inbox.len(), 2, "the failure is no longer listed");

    sim.post("/admin/faults", fault("duplicate", json!({}))).await;
    say("doubled").await;
    say("after").await;
    assert_eq!(bodies(&sim, "4915550002", "after").await, ["first", "damaged", "doubled", "after"]);
    assert_eq!(sim.get("/admin/phones/4915550002").await.body["repeats"], 1);

    sim.post("/admin/faults", fault("reorder", json!({ "holdMs": 300 }))).await;
    say("held").await;
    say("overtaking").await;
    assert_eq!(bodies(&sim, "4915550002", "held").await[4..], ["overtaking", "held"]);
}
