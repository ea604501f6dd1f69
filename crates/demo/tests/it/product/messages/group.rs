//! The status of a group message is the lowest status among the members.

use whatsim::ReceiptKind;

use super::*;

#[tokio::test]
async fn a_group_message_has_the_lowest_status_among_all_recipients() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let installation = unhurried(&sim).await?;
    let (server, account, number) = installation.online(&sim).await?;
    let desk = Desk { api: &server.api, account: &account };
    let [bob, cid, group] = choir(&sim, &number)?;
    sim.server().phones().confirm_deliveries(&cid, false)?;
    let sent = desk.send_text(&group, "who sings?").await?;
    let id = sent["id"].as_str().context("an id")?;
    let told = async |kind: &str| {
        let page = desk.get(&format!("messages/{id}/receipts")).await.ok()?;
        let of = page["data"].as_array()?.iter().filter(|receipt| receipt[kind].is_string());
        Some((page["data"].as_array()?.len(), of.count()))
    };
    until("a receipt of one of two members", async || (told("deliveredAt").await? == (2, 1)).then_some(()))
        .await?;
    assert_eq!(desk.reaches(&sent, &["sent"]).await?["status"], "sent", "Cid's phone told nothing");

    let read = async |phone: &str| {
        let ids = until("the message", async || {
            let inbox = sim.server().phones().inbox(phone, 0).ok()?;
            (!inbox.is_empty()).then(|| inbox.iter().map(|message| message.id.clone()).collect::<Vec<_>>())
        });
        sim.server().phones().send_receipt(phone, &group, ids.await?, ReceiptKind::Read)?;
        anyhow::Ok(())
    };
    read(&cid).await?;
    desk.reaches(&sent, &["delivered"]).await?;
    read(&bob).await?;
    desk.reaches(&sent, &["read"]).await?;
    let statuses: Vec<Value> = events_of(&server.api, "message.status")
        .await?
        .into_iter()
        .map(|told| json!([told["status"], told["recipient"]]))
        .collect();
    let expected = ["sending", "sent", "delivered", "read"].map(|status| json!([status, null]));
    assert_eq!(statuses, expected);
    sim.finish().await?;
    Ok(())
}
