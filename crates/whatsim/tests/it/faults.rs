//! Setting and lifting faults by JSON.

use crate::http::Sim;
use serde_json::json;

#[tokio::test]
async fn a_fault_is_shown_until_it_is_lifted() {
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
async fn faults_that_make_no_sense_are_refused() {
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
    ] {
        sim.post("/admin/faults", body).await.refuses(400, "invalid_field", field);
    }
    sim.delete("/admin/faults/x").await.refuses(400, "invalid_field", "id");
    assert_eq!(sim.get("/admin/faults").await.body["faults"], json!([]));
}

#[tokio::test]
async fn a_momentary_fault_is_spent_at_once_when_nobody_is_there() {
    let sim = Sim::start().await;
    let set = sim.post("/admin/faults", json!({ "scope": "all", "kind": "drop_connection" })).await;
    assert_eq!((&set.body["remaining"], &set.body["applied"]), (&json!(0), &json!(0)));
    assert_eq!(sim.get("/admin/state").await.body["faults"], 0);
}
