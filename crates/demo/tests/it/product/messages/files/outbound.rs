//! A file of each kind reaches a phone, which decrypts the same bytes. A file that is used in several messages is
//! uploaded to WhatsApp once.

use super::*;

#[tokio::test]
async fn an_outbound_file_of_each_kind_reaches_the_phone_once() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let installation = unhurried(&sim).await?;
    let (server, account, _) = installation.online(&sim).await?;
    let desk = Desk { api: &server.api, account: &account };
    let bob = sim.phone("Bob")?;
    for (kind, mime, file) in each_kind() {
        let uploaded = server.api.upload(&account, mime, file.clone()).await?;
        let mut part = json!({ "mediaId": uploaded["id"] });
        if matches!(kind, "image" | "document") {
            part["caption"] = json!("look");
            part["fileName"] = json!("a.bin");
        }
        let sent = desk.send(json!({ "to": bob, "type": kind, kind: part })).await?;
        assert_eq!((&sent[kind]["state"], &sent[kind]["sha256"]), (&json!("ready"), &uploaded["sha256"]));
        desk.reaches(&sent, &["sent", "delivered", "read"]).await?;
        let heard = got(&sim, &bob)?;
        assert_eq!(heard["type"], kind, "{heard}");
        let seen = &heard[kind];
        assert_eq!((&seen["sha256"], &seen["size"]), (&uploaded["sha256"], &json!(file.len())), "{heard}");
        match kind {
            "image" => {
                assert_eq!((&seen["caption"], &seen["width"]), (&json!("look"), &json!(1)), "{heard}");
            }
            "voice" => assert_eq!(seen["durationSeconds"], 1, "{heard}"),
            "document" => assert_eq!(seen["fileName"], "a.bin", "{heard}"),
            _ => {}
        }
    }
    assert_eq!(sim.server().phones().inbox(&bob, 0)?.len(), each_kind().len());
    sim.finish().await?;
    Ok(())
}

#[tokio::test]
async fn three_view_once_messages_share_one_upload_and_are_marked_as_view_once() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let installation = unhurried(&sim).await?;
    let (server, account, _) = installation.online(&sim).await?;
    let desk = Desk { api: &server.api, account: &account };
    let file = desk.upload("image/png", PNG).await?;
    let phones = [sim.phone("Bob")?, sim.phone("Cem")?, sim.phone("Dan")?];
    let each = phones
        .iter()
        .map(|to| json!({ "to": to, "type": "image", "image": { "mediaId": file, "viewOnce": true } }));
    let (status, accepted) =
        desk.post("messages/batch", json!({ "messages": each.collect::<Vec<_>>() })).await?;
    assert_eq!(status, StatusCode::ACCEPTED, "{accepted}");
    for (message, phone) in accepted["data"].as_array().context("a list")?.iter().zip(&phones) {
        assert_eq!(message["viewOnce"], true);
        desk.reaches(message, &["sent", "delivered"]).await?;
        let heard = got(&sim, phone)?;
        assert_eq!((&heard["image"]["viewOnce"], &heard["image"]["size"]), (&json!(true), &json!(PNG.len())));
    }
    assert_eq!(sim.server().expire_media(), 1, "one file for three messages");
    sim.finish().await?;
    Ok(())
}
