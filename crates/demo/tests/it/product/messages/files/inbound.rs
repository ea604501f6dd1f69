//! The server fetches, decrypts and stores files from phones, and reports each file once.

use super::*;

#[tokio::test]
async fn an_inbound_file_of_each_kind_is_fetched_and_served() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let installation = unhurried(&sim).await?;
    let (server, account, number) = installation.online(&sim).await?;
    let desk = Desk { api: &server.api, account: &account };
    let bob = sim.phone("Bob")?;
    let kinds = each_kind();
    for (count, (kind, mime, file)) in kinds.iter().enumerate() {
        phone_sends(&sim, &bob, &number, kind, file, mime).await?;
        desk.listed("messages", count + 1).await?;
        let message = desk.received_with("ready").await?;
        let media = &message[*kind];
        assert_eq!((&media["mimeType"], &media["size"]), (&json!(mime), &json!(file.len())), "{message}");
        assert_eq!(&desk.file(&media["mediaId"]).await?, file, "{kind}");
        let url = media["url"].as_str().context("a file has an address")?;
        assert!(
            url.starts_with(&server.base) && url.ends_with(media["mediaId"].as_str().unwrap_or("?")),
            "{url}"
        );
    }
    let told = events_of(&server.api, "media.ready").await?;
    let received = events_of(&server.api, "message.received").await?;
    assert_eq!(told.len(), kinds.len());
    for (ready, message) in told.iter().zip(&received) {
        assert_eq!(
            (&ready["messageId"], &ready["media"]["state"]),
            (&message["message"]["id"], &json!("ready"))
        );
        let kind = message["message"]["type"].as_str().unwrap_or_default();
        assert_eq!(message["message"][kind]["state"], "pending");
    }
    sim.finish().await?;
    Ok(())
}

#[tokio::test]
async fn a_large_file_is_fetched_on_request_even_if_the_phone_must_upload_it_again() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let mut installation = unhurried(&sim).await?;
    installation.set("MEDIA_MAX_SIZE", 1);
    let (server, account, number) = installation.online(&sim).await?;
    let desk = Desk { api: &server.api, account: &account };
    let bob = sim.phone("Bob")?;
    let file = large(1_500_000);
    phone_sends(&sim, &bob, &number, "document", &file, "application/pdf").await?;
    let message = desk.received_with("pending").await?;
    assert_eq!(message["document"]["fileName"], "prices.pdf");
    sim.drained(&number).await?;
    assert_eq!(sim.server().expire_media(), 1);
    let id = message["document"]["mediaId"].as_str().context("a file has an id")?;
    let (status, refused) =
        server.api.call(Method::GET, &format!("/whatsapp/accounts/{account}/media/{id}"), None).await?;
    assert_eq!((status.as_u16(), &refused["code"]), (503, &json!("media_pending")));
    let message = desk.received_with("ready").await?;
    assert_eq!(desk.file(&message["document"]["mediaId"]).await?, file);
    sim.finish().await?;
    Ok(())
}

#[tokio::test]
async fn files_of_an_erased_person_are_removed_from_disk() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let installation = unhurried(&sim).await?;
    let (server, account, number) = installation.online(&sim).await?;
    let desk = Desk { api: &server.api, account: &account };
    let bob = sim.phone("Bob")?;
    phone_sends(&sim, &bob, &number, "image", PNG, "image/png").await?;
    let message = desk.received_with("ready").await?;
    let answer = desk.upload("image/png", PNG).await?;
    let kept = desk.upload("text/plain", "for all").await?;
    for (to, file, kind) in
        [(&bob, &answer, "image"), (&bob, &kept, "document"), (&sim.phone("Cem")?, &kept, "document")]
    {
        let sent = desk.send(json!({ "to": to, "type": kind, kind: { "mediaId": file } })).await?;
        desk.reaches(&sent, &["sent", "delivered"]).await?;
    }
    let folder = installation.data_dir().join("media").join(&account);
    let files = || -> anyhow::Result<usize> { Ok(std::fs::read_dir(&folder)?.count()) };
    assert_eq!(files()?, 3);
    let person = message["sender"]["id"].as_str().context("a person has an id")?;
    let path = format!("/whatsapp/accounts/{account}/contacts/{person}/data");
    let (status, body) = server.api.call(Method::DELETE, &path, None).await?;
    assert!(status.is_success(), "{status}: {body}");
    assert_eq!(files()?, 1, "the one that went to others, too");
    let (status, body) =
        server.api.call(Method::DELETE, &format!("/whatsapp/accounts/{account}"), None).await?;
    assert!(status.is_success(), "{status}: {body}");
    assert!(!folder.exists());
    sim.finish().await?;
    Ok(())
}
