//! The disk is nearly full, then full. The server refuses files with an error code and accepts texts as long as it
//! can write anything. It loses nothing that it has acknowledged.

use linekeeper_storage::testing::Databases;

use super::super::super::outside::disk::SmallDisk;
use super::super::super::outside::readiness::{is_ready, storage_is_missed};
use super::*;

/// The free space on the disk, in bytes. The space is less than the server reserves for the databases, but the
/// databases can still write.
const LITTLE: u64 = 24 * 1024 * 1024;

#[tokio::test]
async fn on_a_full_disk_files_are_refused_and_no_text_message_is_lost() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let database = Databases::sqlite();
    let directory = database.data_dir().to_owned();
    let Some(disk) = SmallDisk::over(&directory, 192)? else {
        eprintln!("skipped: this user may not mount a file system");
        return Ok(());
    };
    let mut installation = Installation::on(database, &sim).await?;
    installation.set("WHATSAPP_MESSAGE_RATE_LIMIT", 0);
    let (server, account, number) = installation.online(&sim).await?;
    let desk = Desk { api: &server.api, account: &account };
    let bob = sim.phone("Bob")?;
    let kept = desk.upload("image/png", PNG).await?;

    disk.fill_but(LITTLE)?;
    for file in [PNG.to_vec(), large(300_000)] {
        let (status, problem) = server.api.try_upload(&account, "application/octet-stream", file).await?;
        assert_eq!((status.as_u16(), &problem["code"]), (507, &json!("disk_full")), "{problem}");
    }
    let files = std::fs::read_dir(directory.join("media").join(&account))?.count();
    assert_eq!(files, 1, "nothing is left of what was refused");
    // Texts still work in both directions. A file that is already stored can still be sent.
    let sent = desk.send_text(&bob, "with little room").await?;
    desk.reaches(&sent, &["delivered"]).await?;
    let sent = desk.send(json!({ "to": bob, "type": "image", "image": { "mediaId": kept } })).await?;
    desk.reaches(&sent, &["delivered"]).await?;
    sim.send(&bob, &number, "text with little room").await?;
    desk.listed("messages?direction=inbound", 1).await?;
    phone_sends(&sim, &bob, &number, "image", PNG, "image/png").await?;
    desk.listed("messages?direction=inbound", 2).await?;
    let image = desk.received_with("pending").await?;
    let path =
        format!("/whatsapp/accounts/{account}/media/{}", image["image"]["mediaId"].as_str().unwrap_or("?"));
    let (status, problem) = server.api.call(Method::GET, &path, None).await?;
    assert_eq!((status.as_u16(), &problem["code"]), (503, &json!("media_pending")), "{problem}");

    disk.fill()?;
    storage_is_missed(&server).await?;
    let body = json!({ "to": bob, "type": "text", "text": { "body": "without any room" } });
    let (status, problem) = desk.post("messages", body.clone()).await?;
    assert_eq!((status.as_u16(), &problem["code"]), (503, &json!("storage_unavailable")), "{problem}");
    let (status, problem) = server.api.try_upload(&account, "image/png", PNG).await?;
    assert_eq!((status.as_u16(), &problem["code"]), (507, &json!("disk_full")), "{problem}");
    sim.send(&bob, &number, "text without any room").await?;

    disk.free()?;
    is_ready(&server).await?;
    let sent = desk.send(body).await?;
    desk.reaches(&sent, &["delivered"]).await?;
    let inbound = desk.listed("messages?direction=inbound", 3).await?;
    sim.drained(&number).await?;
    let texts =
        counted(inbound.iter().filter_map(|message| Some(message["text"]["body"].as_str()?.to_owned())));
    let expected = ["text with little room", "text without any room"].map(|text| (text.to_owned(), 1));
    assert_eq!(texts, HashMap::from(expected));
    assert_eq!(events_of(&server.api, "message.received").await?.len(), 3, "each is told once");
    // Once there is room, the server fetches the missing file by itself, and it accepts other files again.
    let file = until("the file that had no room", async || desk.file(&image["image"]["mediaId"]).await.ok());
    assert_eq!(file.await?, PNG);
    desk.upload("application/pdf", large(300_000)).await?;
    let heard = sim.server().phones().inbox(&bob, 0)?;
    assert_eq!(heard.len(), 3, "each message once, and not the one that was refused");
    server.kill().await?;
    sim.finish().await?;
    Ok(())
}
