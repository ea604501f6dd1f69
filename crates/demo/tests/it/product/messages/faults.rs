//! Single messages fail on their way. Each message ends as documented, and none arrives twice.

use std::time::Duration;

use whatsim::{AckError, DeviceAddress, FaultId, FaultKind, NewFault, NoAck, Reorder, Scope, SlowAck};

use super::*;
use crate::deadline::until_after;

/// Twice the time that the server waits for WhatsApp's answer, and a margin.
const GIVEN_UP_WITHIN: Duration = Duration::from_secs(120);

#[tokio::test]
async fn each_message_that_whatsapp_refuses_has_an_error_code_and_can_be_retried() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let installation = unhurried(&sim).await?;
    let (server, account, number) = installation.online(&sim).await?;
    let desk = Desk { api: &server.api, account: &account };
    let bob = sim.phone("Bob")?;
    for (whatsapp_code, code) in
        [(463, "reachout_timelocked"), (403, "not_allowed"), (479, "rejected"), (429, "rejected")]
    {
        let text = format!("refused with {whatsapp_code}");
        sim.fault(&number, FaultKind::AckError(AckError { code: whatsapp_code }), 1)?;
        let refused = desk.reaches(&desk.send_text(&bob, &text).await?, &["failed"]).await?;
        let failure = &refused["failure"];
        assert_eq!((&failure["code"], &failure["whatsappCode"]), (&json!(code), &json!(whatsapp_code)));
        let id = refused["id"].as_str().context("an id")?;
        let (status, queued) = desk.post(&format!("messages/{id}/retry"), json!({})).await?;
        assert_eq!((status, &queued["waMessageId"]), (StatusCode::OK, &refused["waMessageId"]), "{queued}");
        desk.reaches(&refused, &["sent", "delivered"]).await?;
        let inbox = sim.server().phones().inbox(&bob, 0)?;
        assert_eq!(inbox.iter().filter(|message| message.text() == Some(&text)).count(), 1);
    }
    assert_eq!(events_of(&server.api, "message.accepted").await?.len(), 4);
    sim.finish().await?;
    Ok(())
}

#[tokio::test]
async fn a_message_is_sent_once_even_if_whatsapp_answers_late() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let installation = unhurried(&sim).await?;
    let (server, account, number) = installation.online(&sim).await?;
    let desk = Desk { api: &server.api, account: &account };
    let bob = sim.phone("Bob")?;
    sim.server().phones().confirm_deliveries(&bob, false)?;
    sim.fault(&number, FaultKind::SlowAck(SlowAck { delay_ms: 1_500 }), 1)?;
    let message = desk.send_text(&bob, "slowly").await?;
    desk.reaches(&message, &["sending"]).await?;
    desk.reaches(&message, &["sent"]).await?;
    assert_eq!(sim.server().phones().inbox(&bob, 0)?.len(), 1);
    sim.finish().await?;
    Ok(())
}

/// WhatsApp never answers. The server sends the message once more over a new connection. After that, the status is
/// `unknown` until a phone sends a receipt.
#[tokio::test]
async fn an_unanswered_message_has_status_unknown_until_a_phone_sends_a_receipt() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let installation = unhurried(&sim).await?;
    let (server, account, number) = installation.online(&sim).await?;
    let desk = Desk { api: &server.api, account: &account };
    let bob = sim.phone("Bob")?;
    sim.server().phones().confirm_deliveries(&bob, false)?;
    // Both the send queue and the library can notice that the connection is dead. It depends on which of them
    // notices this first how often the server sends the message. So the fault may hit many times.
    let silence = sim.fault(&number, FaultKind::NoAck(NoAck { lost: false }), 100)?;
    let message = desk.send_text(&bob, "did it arrive?").await?;
    let next = desk.send_text(&bob, "and this?").await?;
    let id = message["id"].as_str().context("an id")?;
    until_after(GIVEN_UP_WITHIN, "status unknown", async || {
        let message = desk.get(&format!("messages/{id}")).await.ok()?;
        (message["status"] == "unknown").then_some(())
    })
    .await?;
    sim.clear(silence)?;
    // If the server sent the second message before the fault ended, it still waits for WhatsApp's answer to this
    // message. So the time limit is as long as for the first message.
    let id = next["id"].as_str().context("an id")?;
    until_after(GIVEN_UP_WITHIN, "status sent", async || {
        let message = desk.get(&format!("messages/{id}")).await.ok()?;
        (message["status"] == "sent").then_some(())
    })
    .await?;
    let inbox = sim.server().phones().inbox(&bob, 0)?;
    let texts: Vec<&str> = inbox.iter().filter_map(|message| message.text()).collect();
    assert_eq!(texts, ["did it arrive?", "and this?"], "the second attempt was a repeat");
    let ids = vec![inbox[0].id.clone()];
    sim.server().phones().send_receipt(&bob, &inbox[0].from, ids, whatsim::ReceiptKind::Delivered)?;
    desk.reaches(&message, &["delivered"]).await?;
    let told: Vec<Value> = events_of(&server.api, "message.status")
        .await?
        .into_iter()
        .filter(|told| told["messageId"] == message["id"])
        .map(|told| told["status"].clone())
        .collect();
    assert_eq!(told, ["sending", "unknown", "delivered"]);
    sim.finish().await?;
    Ok(())
}

#[tokio::test]
async fn duplicated_and_reordered_messages_are_stored_once_each() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let installation = unhurried(&sim).await?;
    let (server, account, number) = installation.online(&sim).await?;
    let desk = Desk { api: &server.api, account: &account };
    let bob = sim.phone("Bob")?;
    sim.fault(&number, FaultKind::Duplicate, 2)?;
    for text in ["one", "two"] {
        sim.send(&bob, &number, text).await?;
    }
    sim.fault(&number, FaultKind::Reorder(Reorder { hold_ms: 300 }), 1)?;
    for text in ["three", "four"] {
        sim.send(&bob, &number, text).await?;
    }
    desk.listed("messages", 4).await?;
    sim.drained(&number).await?;
    let told = events_of(&server.api, "message.received").await?;
    let texts = told.iter().filter_map(|told| told["message"]["text"]["body"].as_str().map(str::to_owned));
    let once = ["one", "two", "three", "four"].map(|text| (text.to_owned(), 1));
    assert_eq!(counted(texts), HashMap::from(once));
    assert_eq!(desk.get("messages").await?["data"].as_array().map(Vec::len), Some(4));
    sim.finish().await?;
    Ok(())
}

#[tokio::test]
async fn an_undecryptable_message_is_reported_and_later_replaced_by_its_content() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let installation = unhurried(&sim).await?;
    let (server, account, number) = installation.online(&sim).await?;
    let desk = Desk { api: &server.api, account: &account };
    let bob = sim.phone("Bob")?;
    sim.send(&bob, &number, "readable").await?;
    desk.listed("messages", 1).await?;
    sim.fault(&number, FaultKind::CorruptCiphertext, 1)?;
    sim.send(&bob, &number, "damaged on the way").await?;
    let recovered = until("the recovered message", async || {
        let page = desk.get("messages?receivedVia=recovered").await.ok()?;
        page["data"].as_array()?.first().cloned()
    })
    .await?;
    assert_eq!(recovered["text"]["body"], "damaged on the way");
    sim.drained(&number).await?;
    let of = async |kind: &str| {
        let told = events_of(&server.api, kind).await?;
        anyhow::Ok(told.into_iter().filter(|told| told["message"]["id"] == recovered["id"]).count())
    };
    assert_eq!((of("message.undecryptable").await?, of("message.received").await?), (1, 1));
    assert_eq!(desk.get("messages").await?["data"].as_array().map(Vec::len), Some(2));
    sim.finish().await?;
    Ok(())
}

/// The protocol library acknowledges a message in an unknown encryption and reports no event for it, so linekeeper
/// must notice the message itself.
#[tokio::test]
async fn a_message_in_an_unknown_encryption_is_reported_and_recovered_from_the_phone() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let installation = unhurried(&sim).await?;
    let (server, account, number) = installation.online(&sim).await?;
    let desk = Desk { api: &server.api, account: &account };
    let bob = sim.phone("Bob")?;
    sim.fault(&number, FaultKind::UnknownEnc, 1)?;
    sim.send(&bob, &number, "from the future").await?;
    let recovered = until("the recovered message", async || {
        let page = desk.get("messages?receivedVia=recovered").await.ok()?;
        page["data"].as_array()?.first().cloned()
    })
    .await?;
    assert_eq!(recovered["text"]["body"], "from the future");
    sim.drained(&number).await?;
    for kind in ["message.undecryptable", "message.received"] {
        let told = events_of(&server.api, kind).await?;
        assert_eq!(told.iter().filter(|told| told["message"]["id"] == recovered["id"]).count(), 1, "{kind}");
    }
    sim.finish().await?;
    Ok(())
}

/// A phone cannot read a message and requests it again. The library acknowledges the request, but the answer of the
/// server is lost because the connection breaks. The server must answer again. In the first part of the test, the
/// server does so after a reconnect. In the second part, it does so after a kill.
#[tokio::test]
async fn a_retry_request_from_a_phone_survives_a_reconnect_and_a_restart() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let installation = unhurried(&sim).await?;
    let (server, account, number) = installation.online(&sim).await?;
    let bob = sim.phone("Bob")?;

    let lost = damage_and_lose(&sim, &number, &bob)?;
    let desk = Desk { api: &server.api, account: &account };
    let message = desk.send_text(&bob, "over the next connection").await?;
    desk.reaches(&message, &["delivered"]).await?;
    assert_eq!(read_by(&sim, &bob, "over the next connection"), 1);
    assert!(happened(&sim, lost), "the first answer was lost");

    let lost = damage_and_lose(&sim, &number, &bob)?;
    // The server cannot reconnect before it is killed, so it cannot answer over a new connection.
    let away = sim.limit(&number, FaultKind::RefuseConnect, None)?;
    let message = desk.send_text(&bob, "after a kill").await?;
    until("the answer is lost", async || happened(&sim, lost).then_some(())).await?;
    server.kill().await?;
    sim.clear(away)?;
    let server = installation.start().await?;
    let desk = Desk { api: &server.api, account: &account };
    desk.reaches(&message, &["delivered"]).await?;
    assert_eq!(read_by(&sim, &bob, "after a kill"), 1);
    sim.finish().await?;
    Ok(())
}

/// Makes the phone unable to decrypt the next message, and drops the answer to the phone's retry request. Returns
/// the fault that drops the answer.
fn damage_and_lose(sim: &Sim, number: &str, phone: &str) -> anyhow::Result<FaultId> {
    let scope = Scope::Device(DeviceAddress { number: phone.to_owned(), device: 0 });
    let damage = NewFault { scope, kind: FaultKind::CorruptCiphertext, times: Some(1), until: None };
    sim.server().faults().add(damage)?;
    sim.fault(number, FaultKind::LostResend, 1)
}

fn happened(sim: &Sim, fault: FaultId) -> bool {
    let faults = sim.server().faults().list();
    faults.iter().find(|listed| listed.id == fault).is_none_or(|listed| listed.hits > 0)
}

fn read_by(sim: &Sim, phone: &str, text: &str) -> usize {
    let inbox = sim.server().phones().inbox(phone, 0).unwrap_or_default();
    inbox.iter().filter(|message| message.text() == Some(text)).count()
}
