//! The phone's passkey. The demo crate has tests in which a real client is linked with a passkey.

use crate::http::Sim;
use serde_json::json;

#[tokio::test]
async fn passkey_options_are_accepted_as_json_or_as_text() {
    let sim = Sim::start().await;
    sim.post("/admin/phones", json!({ "number": "4915550001" })).await;
    let path = "/admin/phones/4915550001/passkey";
    let options = json!({ "challenge": "AAAA", "rpId": "whatsapp.com" });
    let answer = sim.post(path, json!({ "options": options })).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.body["assertion"]["rawId"], answer.body["credentialId"]);
    let as_text = sim.post(path, json!({ "options": options.to_string() })).await;
    assert_eq!(as_text.body["credentialId"], answer.body["credentialId"], "a phone has one passkey");
    sim.post(path, json!({ "options": {} })).await.refuses(400, "invalid_field", "options");
    sim.get(path).await.refuses(404, "passkey_not_asked", "4915550001");
}
