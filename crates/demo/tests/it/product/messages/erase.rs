//! An erased person is gone from the lists and from the log. If the person had several contact ids, this holds for
//! each of them.

use super::*;

#[tokio::test]
async fn erasing_a_merged_contact_erases_the_data_of_both_contacts() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let installation = unhurried(&sim).await?;
    let (server, account, number) = installation.online(&sim).await?;
    let desk = Desk { api: &server.api, account: &account };
    let (bob, carol) = (sim.hidden_phone("Bob")?, sim.phone("Carol")?);
    // At first, the account has two contacts for Bob. The contact without a number sends a message. The contact with a
    // number receives a message.
    sim.send(&bob, &number, "planted by Bob").await?;
    desk.listed("messages", 1).await?;
    let sent = desk.send_text(&bob, "planted for Bob").await?;
    desk.reaches(&sent, &["delivered"]).await?;
    sim.send(&carol, &number, "from Carol").await?;
    desk.listed("messages", 3).await?;
    let merged = events_of(&server.api, "contact.merged").await?;
    let merged = merged.first().context("the look-up shows that they are one")?;
    let kept = merged["contact"]["id"].as_str().context("an id")?.to_owned();
    let other = merged["mergedContactId"].as_str().context("an id")?.to_owned();

    // The contact with the id `other` was merged into the contact with the id `kept`, but `other` still names the
    // person.
    let path = format!("/whatsapp/accounts/{account}/contacts/{other}/data");
    let (status, body) = server.api.call(Method::DELETE, &path, None).await?;
    ensure!(status.is_success(), "{status}: {body}");

    let events = server.api.events().await?;
    let about =
        |event: &Value| [&kept, &other, &bob].iter().any(|id| event.to_string().contains(id.as_str()));
    let left: Vec<&Value> = events.iter().filter(|event| about(event)).collect();
    assert_eq!(left.len(), 1, "{left:?}");
    assert_eq!((&left[0]["type"], &left[0]["data"]["contactId"]), (&json!("contact.erased"), &json!(kept)));
    let log = json!(events).to_string();
    assert!(!log.contains("planted") && log.contains("from Carol"), "{log}");
    let erased = events.iter().filter(|event| event["data"] == json!({ "erased": true })).count();
    assert!(erased >= 4, "received, accepted, a status and merged at least: {erased}");
    let messages = desk.get("messages").await?;
    assert_eq!(messages["data"].as_array().map(Vec::len), Some(1), "{messages}");
    let (_, audit) = server.api.call(Method::GET, "/audit?action=contact.erased", None).await?;
    let entries = audit["data"].as_array().context("a list")?;
    assert_eq!(entries.len(), 1, "{audit}");
    assert_eq!(entries[0]["facts"]["contactId"].as_str(), Some(kept.as_str()), "{audit}");
    sim.finish().await?;
    Ok(())
}
