//! WhatsApp's media servers refuse an upload token or interrupt a download.

use whatsim::FaultKind;

use super::*;

#[tokio::test]
async fn a_refused_upload_token_and_an_interrupted_download_are_retried() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let installation = unhurried(&sim).await?;
    let (server, account, number) = installation.online(&sim).await?;
    let desk = Desk { api: &server.api, account: &account };
    let bob = sim.phone("Bob")?;
    sim.fault(&number, FaultKind::Media403, 1)?;
    phone_sends(&sim, &bob, &number, "image", PNG, "image/png").await?;
    desk.received_with("ready").await?;
    sim.fault(&number, FaultKind::parse("media_truncated", Some(json!({ "how": "short" })))?, 1)?;
    let file = large(200_000);
    phone_sends(&sim, &bob, &number, "document", &file, "application/pdf").await?;
    desk.listed("messages", 2).await?;
    let message = desk.received_with("ready").await?;
    assert_eq!(desk.file(&message["document"]["mediaId"]).await?, file);
    sim.fault(&number, FaultKind::Media403, 1)?;
    let id = desk.upload("image/png", PNG).await?;
    let sent = desk.send(json!({ "to": bob, "type": "image", "image": { "mediaId": id } })).await?;
    desk.reaches(&sent, &["sent", "delivered"]).await?;
    sim.finish().await?;
    Ok(())
}
