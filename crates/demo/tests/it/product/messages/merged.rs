//! A phone hides its number and reveals it later. The server then merges the phone's two contacts into one, and
//! keeps the messages of both.

use std::time::Duration;

use linekeeper_model::clock::{Clock as _, SystemClock};

use super::*;

#[tokio::test]
async fn contacts_and_chats_are_merged_when_a_person_reveals_their_number() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let installation = unhurried(&sim).await?;
    let (server, account, number) = installation.online(&sim).await?;
    let desk = Desk { api: &server.api, account: &account };
    let bob = sim.hidden_phone("Bob")?;
    // The message is scheduled for tomorrow. So the server does not look up the number before the phone reveals
    // it.
    let tomorrow = (SystemClock.now() + Duration::from_secs(24 * 60 * 60)).to_string();
    let text = json!({ "body": "for a number" });
    let planned = desk.send(json!({ "to": bob, "type": "text", "text": text, "sendAt": tomorrow })).await?;
    sim.send(&bob, &number, "from a hidden one").await?;
    let received = desk.listed("messages?direction=inbound", 1).await?.remove(0);
    assert_eq!(received["sender"]["phone"], Value::Null, "{received}");
    assert!(received["sender"]["lid"].is_string(), "{received}");
    assert_ne!(received["chat"]["id"], planned["chat"]["id"]);

    sim.server().phones().tell_number(&bob, &number).await?;
    let told = until("both are one", async || {
        let told = [
            events_of(&server.api, "chat.merged").await.ok()?,
            events_of(&server.api, "contact.merged").await.ok()?,
        ];
        told.iter().all(|events| !events.is_empty()).then_some(told)
    });
    let [chats, people] = told.await?;
    assert_eq!((chats.len(), people.len()), (1, 1), "{chats:?} {people:?}");
    // A merge keeps the id of the older chat and the id of the older contact.
    let (chat, merged) = (&chats[0]["chat"], &chats[0]["mergedChatId"]);
    assert_eq!((&chat["id"], merged), (&planned["chat"]["id"], &received["chat"]["id"]));
    let (person, other) = (&people[0]["contact"], &people[0]["mergedContactId"]);
    assert_eq!((&person["id"], other), (&planned["chat"]["person"]["id"], &received["sender"]["id"]));
    assert_eq!((&person["lid"], &person["pushName"]), (&received["sender"]["lid"], &json!("Bob")));
    let digits = bob.trim_start_matches('+');
    assert_eq!(person["phone"].as_str().map(|phone| phone.trim_start_matches('+')), Some(digits));

    // The merged ids still work, and all messages are in one chat.
    for (path, kept) in [("chats", chat), ("contacts", person)] {
        let id = if path == "chats" { merged } else { other };
        let found = desk.get(&format!("{path}/{}", id.as_str().unwrap_or("?"))).await?;
        assert_eq!(found["id"], kept["id"], "{path}: {found}");
    }
    for id in [&chat["id"], merged] {
        let listed = desk.get(&format!("messages?chat={}", id.as_str().unwrap_or("?"))).await?;
        assert_eq!(listed["data"].as_array().map(Vec::len), Some(2), "{listed}");
    }
    assert_eq!(desk.get("chats").await?["data"].as_array().map(Vec::len), Some(1));
    sim.send(&bob, &number, "again").await?;
    let again = desk.listed("messages?direction=inbound", 2).await?.remove(0);
    assert_eq!((&again["chat"]["id"], &again["sender"]["id"]), (&chat["id"], &person["id"]));
    let answer =
        desk.send(json!({ "to": merged, "type": "text", "text": { "body": "to the old id" } })).await?;
    assert_eq!(desk.reaches(&answer, &["delivered"]).await?["chat"]["id"], chat["id"]);
    let id = planned["id"].as_str().context("an id")?;
    let (status, cancelled) = desk.post(&format!("messages/{id}/cancel"), json!({})).await?;
    assert_eq!((status, &cancelled["status"]), (StatusCode::OK, &json!("cancelled")), "{cancelled}");
    sim.finish().await?;
    Ok(())
}
