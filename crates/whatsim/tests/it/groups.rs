//! Groups: creating them, and messages of phones in them.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use crate::http::Sim;
use serde_json::json;

const ANN: &str = "4915550001";
const BOB: &str = "4915550002";
const CID: &str = "4915550003";

async fn choir(sim: &Sim, lid: bool) -> String {
    let made = json!({ "subject": "Choir", "creator": ANN, "members": [BOB, CID], "lid": lid });
    let made = sim.post("/admin/groups", made).await;
    assert_eq!(made.status, 201, "{}", made.body);
    made.body["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn phones_exchange_messages_in_a_group() {
    let sim = Sim::start().await;
    sim.phones(&[ANN, BOB, CID]).await;
    for lid in [false, true] {
        let group = choir(&sim, lid).await;
        let first = sim.say(ANN, json!({ "to": group, "text": "who sings?" })).await;
        for number in [BOB, CID] {
            let heard = sim.heard(number, &first).await;
            assert_eq!((&heard["chat"], &heard["text"]["body"]), (&json!(group), &json!("who sings?")));
            assert_eq!(heard["from"], format!("{ANN}@s.whatsapp.net"));
        }
        let reply = json!({ "to": group, "text": "I do", "replyTo": first, "mentions": [ANN] });
        let reply = sim.say(BOB, reply).await;
        let heard = sim.heard(CID, &reply).await;
        assert_eq!(heard["replyTo"], json!(first));
        let form = if lid { format!("1000{ANN}@lid") } else { format!("{ANN}@s.whatsapp.net") };
        assert_eq!(heard["mentions"], json!([form]));
        let reaction =
            sim.say(CID, json!({ "type": "reaction", "reaction": { "messageId": reply, "emoji": "x" } }));
        assert_eq!(sim.heard(ANN, &reaction.await).await["reaction"]["messageId"], json!(reply));
    }
}

#[tokio::test]
async fn a_group_message_that_cannot_be_decrypted_is_requested_again() {
    let sim = Sim::start().await;
    sim.phones(&[ANN, BOB, CID]).await;
    let group = choir(&sim, false).await;
    sim.heard(BOB, &sim.say(ANN, json!({ "to": group, "text": "one" })).await).await;
    let fault = json!({ "scope": format!("{BOB}:0"), "kind": "corrupt_ciphertext", "times": 1 });
    sim.post("/admin/faults", fault).await;
    let id = sim.say(ANN, json!({ "to": group, "text": "two" })).await;
    let inbox = format!("/admin/phones/{BOB}/inbox");
    let opened = async {
        while sim.heard(BOB, &id).await["type"] != "text" {}
        sim.get(&inbox).await.body["data"].as_array().map(Vec::len)
    };
    let opened = tokio::time::timeout(std::time::Duration::from_secs(10), opened).await.unwrap();
    assert_eq!(opened, Some(2), "the failure is no longer listed");
}

#[tokio::test]
async fn groups_are_listed_and_invalid_ones_are_refused() {
    let sim = Sim::start().await;
    sim.phones(&[ANN, BOB, CID, "4915550004"]).await;
    let group = choir(&sim, false).await;
    let shown = sim.get(&format!("/admin/groups/{group}")).await.body;
    assert_eq!((&shown["subject"], &shown["creator"]), (&json!("Choir"), &json!(ANN)));
    let members: Vec<_> =
        shown["members"].as_array().unwrap().iter().map(|m| (&m["number"], &m["admin"])).collect();
    assert_eq!(
        members,
        [(&json!(ANN), &json!(true)), (&json!(BOB), &json!(false)), (&json!(CID), &json!(false))]
    );
    assert_eq!(sim.get("/admin/groups").await.body["groups"][0], shown);
    sim.get("/admin/groups/1@g.us").await.refuses(404, "group_not_found", "1@g.us");
    let outsider = sim.post("/admin/phones/4915550004/messages", json!({ "to": group, "text": "hi" })).await;
    outsider.refuses(400, "invalid_field", "to");
    for (body, status, code, field) in [
        (json!({ "subject": "", "creator": ANN, "members": [] }), 400, "invalid_field", "subject"),
        (
            json!({ "subject": "x", "creator": "4915550009", "members": [] }),
            404,
            "phone_not_found",
            "4915550009",
        ),
        (
            json!({ "subject": "x", "creator": ANN, "members": ["4915550009"] }),
            404,
            "phone_not_found",
            "4915550009",
        ),
        (json!({ "subject": "x", "creator": ANN }), 400, "invalid_field", "members"),
    ] {
        sim.post("/admin/groups", body).await.refuses(status, code, field);
    }
}
