//! A phone is switched off. The server and the account's linked devices work while the phone is off.

use serde_json::json;
use whatsapp_rust::types::presence::ReceiptType;
use whatsapp_rust::wacore::store::traits::SignalStore;
use whatsapp_rust::wacore::types::events::Event;

use super::companion::Companion;
use crate::deadline::until;
use crate::sim::Sim;

#[tokio::test]
async fn a_phone_that_is_off_sends_no_receipt() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let (ann, bob, cid) = (sim.phone("Ann")?, sim.phone("Bob")?, sim.phone("Cid")?);
    let companion = Companion::linked(&sim, &ann).await?;
    let fault = sim.named_fault(&bob, "phone_offline", json!({}), None)?;
    let id = companion.send_text(&bob, "anybody there?").await?;
    companion.accepted(&id).await?;
    // Bob's phone is off, and Cid's phone is on. If Bob's phone had got the first message, Bob's receipt would
    // arrive before Cid's receipt for this later message.
    let later = companion.send_text(&cid, "and you?").await?;
    companion.receipt(&later, ReceiptType::Delivered).await?;
    let delivered = companion.events_so_far(|event| match event {
        Event::Receipt(receipt) if receipt.r#type == ReceiptType::Delivered => Some(()),
        _ => None,
    });
    assert!(delivered.is_empty() && sim.inbox(&bob)?.is_empty());

    sim.clear(fault)?;
    companion.receipt(&id, ReceiptType::Delivered).await?;
    sim.heard(&bob, "anybody there?").await?;
    sim.finish().await
}

#[tokio::test]
async fn a_companion_works_while_its_own_phone_is_off() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let (ann, bob) = (sim.phone("Ann")?, sim.phone("Bob")?);
    let mut companion = Companion::linked(&sim, &ann).await?;
    sim.named_fault(&ann, "phone_offline", json!({}), None)?;
    companion.reconnect().await?;
    sim.send(&bob, &ann, "hello").await?;
    assert_eq!(companion.next_text().await?.body, "hello");
    companion.send_text(&bob, "hello yourself").await?;
    sim.heard(&bob, "hello yourself").await?;
    assert!(sim.inbox(&ann)?.is_empty(), "the phone saw none of it");
    sim.finish().await
}

#[tokio::test]
async fn a_phone_that_is_off_answers_no_retry_request() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let (ann, bob, cid) = (sim.phone("Ann")?, sim.phone("Bob")?, sim.phone("Cid")?);
    let mut companion = Companion::linked(&sim, &ann).await?;
    sim.send(&bob, &ann, "hello").await?;
    companion.next_text().await?;
    companion.send_text(&bob, "hello yourself").await?;
    sim.heard(&bob, "hello yourself").await?;

    companion.hang_up().await?;
    sim.send(&bob, &ann, "can you read this?").await?;
    for address in sim.signal_addresses(&bob, 0)? {
        companion.store().delete_session(&address).await?;
    }
    let fault = sim.named_fault(&bob, "phone_offline", json!({}), None)?;
    // Ann's phone must be off, too. Otherwise, Ann's phone would give the message to the companion.
    sim.named_fault(&ann, "phone_offline", json!({}), None)?;
    companion.restart().await?;
    companion.connect().await?;
    until("retry receipt", async || sim.retries(&ann).ok().filter(|retries| *retries > 0)).await?;
    sim.send(&cid, &ann, "meanwhile").await?;
    assert_eq!(companion.next_text().await?.body, "meanwhile", "only Bob's phone can send the other again");

    sim.clear(fault)?;
    assert_eq!(companion.next_text().await?.body, "can you read this?");
    sim.finish().await
}

#[tokio::test]
async fn a_phone_that_is_off_scans_no_qr_code() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let fault = sim.named_fault("all", "phone_offline", json!({}), None)?;
    let mut companion = Companion::new(&sim).await?;
    let qr = companion.show_qr().await?;
    let scan = format!("{}/admin/mock-phone/scan-qr", sim.admin_url());
    let http = reqwest::Client::builder().no_proxy().build()?;
    let refused = http.post(&scan).body(qr.clone()).send().await?;
    assert_eq!(refused.status(), 409);
    assert_eq!(refused.json::<serde_json::Value>().await?["error"]["code"], "phone_offline");
    sim.clear(fault)?;
    assert_eq!(http.post(&scan).body(qr).send().await?.status(), 200);
    companion.paired().await?;
    sim.finish().await
}
