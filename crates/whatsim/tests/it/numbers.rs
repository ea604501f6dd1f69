//! Numbers that are typed in another form, hidden numbers, and phones that send no delivery receipts.

use crate::http::Sim;
use serde_json::json;

const ANN: &str = "4915550001";
const BOB: &str = "4915550002";

#[tokio::test]
async fn an_alias_is_stored_and_an_invalid_alias_is_refused() {
    let sim = Sim::start().await;
    sim.phones(&["553199990000"]).await;
    let alias = json!({ "typed": "5531999990000", "number": "553199990000" });
    assert_eq!(sim.post("/admin/aliases", alias.clone()).await.status, 201);
    assert_eq!(sim.get("/admin/aliases").await.body, json!({ "aliases": [alias] }));
    for (typed, number, status, code, field) in [
        ("x", "553199990000", 400, "invalid_field", "typed"),
        ("553199990000", "553199990000", 400, "invalid_field", "typed"),
        ("5531999990001", "553199990001", 404, "phone_not_found", "553199990001"),
    ] {
        let refused = sim.post("/admin/aliases", json!({ "typed": typed, "number": number })).await;
        refused.refuses(status, code, field);
    }
}

#[tokio::test]
async fn only_a_phone_with_a_hidden_number_can_reveal_it() {
    let sim = Sim::start().await;
    sim.phones(&[ANN]).await;
    let hidden = sim.post("/admin/phones", json!({ "number": BOB, "hidden": true })).await;
    assert_eq!(hidden.status, 201);
    let id = sim.say(BOB, json!({ "to": ANN, "text": "guess who" })).await;
    sim.heard(ANN, &id).await;
    assert_eq!(sim.post(&format!("/admin/phones/{BOB}/tell-number"), json!({ "to": ANN })).await.status, 204);
    let refused = sim.post(&format!("/admin/phones/{ANN}/tell-number"), json!({ "to": BOB })).await;
    refused.refuses(400, "invalid_field", "number");
}

#[tokio::test]
async fn a_phone_can_be_set_to_send_no_receipts() {
    let sim = Sim::start().await;
    sim.phones(&[ANN, BOB]).await;
    let settings = format!("/admin/phones/{BOB}/settings");
    assert_eq!(sim.post(&settings, json!({ "deliveryReceipts": false })).await.status, 200);
    sim.heard(BOB, &sim.say(ANN, json!({ "to": BOB, "text": "one" })).await).await;
    sim.post(&settings, json!({ "deliveryReceipts": true })).await;
    sim.heard(BOB, &sim.say(ANN, json!({ "to": BOB, "text": "two" })).await).await;
    let delivered = async {
        while sim.get(&format!("/admin/phones/{ANN}")).await.body["delivered"] == 0 {}
        sim.get(&format!("/admin/phones/{ANN}")).await.body["delivered"].clone()
    };
    let delivered = tokio::time::timeout(std::time::Duration::from_secs(10), delivered).await.unwrap();
    assert_eq!(delivered, 1);
}
