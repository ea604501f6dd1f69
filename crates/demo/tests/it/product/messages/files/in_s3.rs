//! Files in an S3-compatible store. They are sealed, can be read in parts, and are deleted once nobody may read
//! them any more. The store may be unreachable for a while.

use reqwest::header::{CONTENT_RANGE, RANGE, RETRY_AFTER};

use super::super::super::s3_store::Store;
use super::*;

/// The length of a large file in bytes. An upload of the file has more than one part. The length is not a multiple of
/// any block size in use.
const LARGE: usize = 12_345_678;

async fn installed(sim: &Sim, store: &Store) -> anyhow::Result<Installation> {
    let mut installation = unhurried(sim).await?;
    store.known_to(&mut installation);
    installation.set("MEDIA_TO", "s3://bucket/deep/files");
    Ok(installation)
}

/// Requests a range of a file. Returns the range that the answer names, and the bytes.
async fn part(installation: &Installation, url: &str, range: &str) -> anyhow::Result<(String, Vec<u8>)> {
    let client = reqwest::Client::builder().no_proxy().build()?;
    let answer = client.get(url).bearer_auth(installation.api_key()).header(RANGE, range).send().await?;
    ensure!(answer.status() == StatusCode::PARTIAL_CONTENT, "{}", answer.status());
    let said = answer.headers().get(CONTENT_RANGE).context("a range")?.to_str()?.to_owned();
    Ok((said, answer.bytes().await?.to_vec()))
}

#[tokio::test]
async fn files_in_s3_are_sealed_and_can_be_read_in_parts() -> anyhow::Result<()> {
    let (sim, store) = (Sim::start().await?, Store::start().await?);
    let installation = installed(&sim, &store).await?;
    let (server, account, number) = installation.online(&sim).await?;
    let desk = Desk { api: &server.api, account: &account };
    let bob = sim.phone("Bob")?;
    let file = large(LARGE);
    let uploaded = server.api.upload(&account, "application/pdf", file.clone()).await?;
    let id = uploaded["id"].as_str().context("a file has an id")?;
    let url = format!("{}/api/v1/whatsapp/accounts/{account}/media/{id}", server.base);
    // One range is inside one sealed piece. One crosses the border of two pieces. One needs several fetches from
    // the store. One is at the end of the file.
    for (from, to) in [(0, 9), (65_530, 65_545), (1_000_000, 3_500_000), (LARGE - 7, LARGE - 1)] {
        let (said, got) = part(&installation, &url, &format!("bytes={from}-{to}")).await?;
        assert_eq!(said, format!("bytes {from}-{to}/{LARGE}"));
        assert!(got == file[from..=to], "{from} to {to}");
    }
    assert!(desk.file(&uploaded["id"]).await? == file);
    let document = json!({ "to": bob, "type": "document", "document": { "mediaId": id } });
    let sent = desk.send(document).await?;
    desk.reaches(&sent, &["delivered"]).await?;
    let heard = got(&sim, &bob)?;
    assert_eq!(heard["document"]["sha256"], uploaded["sha256"]);

    let came = large(LARGE + 1);
    phone_sends(&sim, &bob, &number, "document", &came, "application/pdf").await?;
    desk.listed("messages?direction=inbound", 1).await?;
    let message = desk.received_with("ready").await?;
    assert!(desk.file(&message["document"]["mediaId"]).await? == came);
    phone_sends(&sim, &bob, &number, "image", PNG, "image/png").await?;
    desk.listed("messages?direction=inbound", 2).await?;
    let picture = desk.received_with("ready").await?;
    assert_eq!((&picture["image"]["width"], &picture["image"]["height"]), (&json!(1), &json!(1)));
    assert_eq!(desk.file(&picture["image"]["mediaId"]).await?, PNG);

    assert_eq!(store.objects(&format!("deep/files/{account}"))?.len(), 3);
    assert!(!installation.data_dir().join("media").exists(), "nothing lies in the data directory");
    let content = store.content()?;
    for needle in [&file[20..84], &came[5_000_000..5_000_064], &PNG[8..40]] {
        assert!(!content.windows(needle.len()).any(|window| window == needle), "it is sealed");
    }
    // An interrupted upload leaves no object in the store.
    let (status, problem) = server.api.try_upload(&account, "image/png", large(6_000_000)).await?;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{problem}");
    assert_eq!(store.objects(&format!("deep/files/{account}"))?.len(), 3);

    let person = message["sender"]["id"].as_str().context("a person has an id")?;
    let kept = desk.upload("text/plain", "for nobody yet").await?;
    let path = format!("/whatsapp/accounts/{account}/contacts/{person}/data");
    let (status, body) = server.api.call(Method::DELETE, &path, None).await?;
    assert!(status.is_success(), "{status}: {body}");
    assert_eq!(store.objects("deep/files")?, [format!("{account}/{kept}")]);
    let path = format!("/whatsapp/accounts/{account}");
    let (status, body) = server.api.call(Method::DELETE, &path, None).await?;
    assert!(status.is_success(), "{status}: {body}");
    assert_eq!(store.objects("deep/files")?, [] as [String; 0]);
    sim.finish().await?;
    Ok(())
}

#[tokio::test]
async fn an_unreachable_store_delays_files_and_nothing_else() -> anyhow::Result<()> {
    let (sim, mut store) = (Sim::start().await?, Store::start().await?);
    let installation = installed(&sim, &store).await?;
    let (server, account, number) = installation.online(&sim).await?;
    let desk = Desk { api: &server.api, account: &account };
    let (bob, cem) = (sim.phone("Bob")?, sim.phone("Cem")?);
    let kept = desk.upload("image/png", PNG).await?;

    store.stop().await?;
    let doctor = installation.command_line(&["doctor"], "").await?;
    let said = String::from_utf8(doctor.stdout)?;
    assert!(said.contains("fail  media") && said.contains("s3://bucket/deep/files"), "{said}");
    for file in [PNG.to_vec(), large(6_000_000)] {
        let (status, problem) = server.api.try_upload(&account, "application/octet-stream", file).await?;
        assert_eq!(
            (status.as_u16(), &problem["code"]),
            (503, &json!("media_store_unavailable")),
            "{problem}"
        );
    }
    let url = format!("{}/api/v1/whatsapp/accounts/{account}/media/{kept}", server.base);
    let client = reqwest::Client::builder().no_proxy().build()?;
    let answer = client.get(url).bearer_auth(installation.api_key()).send().await?;
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.headers().contains_key(RETRY_AFTER));

    let waits = desk.send(json!({ "to": bob, "type": "image", "image": { "mediaId": kept } })).await?;
    let text = desk.send_text(&cem, "a text goes on").await?;
    desk.reaches(&text, &["delivered"]).await?;
    phone_sends(&sim, &bob, &number, "image", PNG, "image/png").await?;
    desk.listed("messages?direction=inbound", 1).await?;
    sim.send(&bob, &number, "so does this one").await?;
    let inbound = desk.listed("messages?direction=inbound", 2).await?;
    assert_eq!((&inbound[0]["type"], &inbound[1]["image"]["state"]), (&json!("text"), &json!("pending")));
    let waiting = desk.get(&format!("messages/{}", waits["id"].as_str().unwrap_or("?"))).await?;
    assert_eq!(waiting["failure"], Value::Null, "{waiting}");

    store.go_on().await?;
    desk.reaches(&waits, &["delivered"]).await?;
    let file =
        until("the file that came meanwhile", async || desk.file(&inbound[1]["image"]["mediaId"]).await.ok());
    assert_eq!(file.await?, PNG);
    desk.upload("application/pdf", large(6_000_000)).await?;
    let doctor = installation.command_line(&["doctor"], "").await?;
    let said = String::from_utf8(doctor.stdout)?;
    assert!(said.contains("ok    media"), "{said}");
    sim.finish().await?;
    Ok(())
}

#[tokio::test]
async fn after_a_move_to_s3_older_local_files_can_be_read_and_deleted() -> anyhow::Result<()> {
    let (sim, store) = (Sim::start().await?, Store::start().await?);
    let mut installation = unhurried(&sim).await?;
    let (server, account, _) = installation.online(&sim).await?;
    let before = server.api.upload(&account, "application/pdf", large(200_000)).await?;
    assert_eq!(server.stop().await?, Some(0));

    store.known_to(&mut installation);
    installation.set("MEDIA_TO", "s3://bucket");
    let server = installation.start().await?;
    let desk = Desk { api: &server.api, account: &account };
    assert_eq!(desk.file(&before["id"]).await?, large(200_000));
    let after = desk.upload("image/png", PNG).await?;
    assert_eq!(store.objects("")?, [format!("{account}/{after}")]);
    let path = format!("/whatsapp/accounts/{account}");
    let (status, body) = server.api.call(Method::DELETE, &path, None).await?;
    assert!(status.is_success(), "{status}: {body}");
    assert_eq!(store.objects("")?, [] as [String; 0]);
    assert!(!installation.data_dir().join("media").join(&account).exists());
    sim.finish().await?;
    Ok(())
}
