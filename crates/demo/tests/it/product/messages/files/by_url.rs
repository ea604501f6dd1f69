//! Files by URL. The server fetches a file after it has accepted the message, and only from hosts that the
//! configuration allows.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::*;

fn whole(file: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", file.len());
    [head.as_bytes(), file].concat()
}

/// Starts a web server with a few files and a few redirects. Returns the address of the web server, and its task. The
/// web server ends when the task is dropped.
pub async fn files() -> anyhow::Result<(String, JoinSet<()>)> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let base = format!("http://{}", listener.local_addr()?);
    let mut serving = JoinSet::new();
    serving.spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let mut asked = vec![0; 4_096];
            let Ok(length) = socket.read(&mut asked).await else { continue };
            let asked = String::from_utf8_lossy(&asked[..length]).into_owned();
            let path = asked.split(' ').nth(1).unwrap_or_default();
            let to = |place: &str| {
                format!("HTTP/1.1 302 Found\r\nlocation: {place}\r\ncontent-length: 0\r\n\r\n").into_bytes()
            };
            let answer = match path.rsplit_once('/').unwrap_or_default() {
                (_, "picture.png") => whole(PNG),
                (_, "prices.pdf") => whole(&large(20_000)),
                (_, "tone.wav") => whole(&tone()),
                (_, "large.png") => b"HTTP/1.1 200 OK\r\ncontent-length: 17000000\r\n\r\n".to_vec(),
                (_, "again") => to("/here/again"),
                (_, "once") => to("/picture.png"),
                (_, "inside") => to("http://127.0.0.2/secret"),
                (_, "metadata") => to("http://169.254.169.254/latest/meta-data/"),
                (_, "file") => to("file:///etc/passwd"),
                _ => b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n".to_vec(),
            };
            // This write may fail, because the client may have closed the connection.
            let _unread = socket.write_all(&answer).await;
        }
    });
    Ok((base, serving))
}

#[tokio::test]
async fn a_file_is_sent_by_url_and_a_bad_url_does_not_block_other_messages() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let mut installation = unhurried(&sim).await?;
    installation.set("WEBHOOK_ALLOW_NETWORKS", "127.0.0.1");
    let (server, account, _) = installation.online(&sim).await?;
    let desk = Desk { api: &server.api, account: &account };
    let bob = sim.phone("Bob")?;
    let (base, _serving) = files().await?;
    let image =
        |path: &str| json!({ "to": bob, "type": "image", "image": { "url": format!("{base}/{path}") } });
    for path in ["picture.png", "once"] {
        let sent = desk.send(image(path)).await?;
        assert_eq!(sent["image"]["state"], "pending");
        let sent = desk.reaches(&sent, &["sent", "delivered"]).await?;
        assert_eq!(
            (&sent["image"]["state"], &sent["image"]["mimeType"]),
            (&json!("ready"), &json!("image/png"))
        );
        assert_eq!(desk.file(&sent["image"]["mediaId"]).await?, PNG);
        assert_eq!(got(&sim, &bob)?["image"]["size"], json!(PNG.len()));
    }
    for (path, code) in [
        ("missing.png", "media_unavailable"),
        ("inside", "media_unavailable"),
        ("metadata", "media_unavailable"),
        ("file", "media_unavailable"),
        ("again", "media_unavailable"),
        ("large.png", "media_rejected"),
    ] {
        let sent = desk.send(image(path)).await?;
        let failed = desk.reaches(&sent, &["failed"]).await?;
        assert_eq!(
            (&failed["failure"]["code"], &failed["image"]["state"]),
            (&json!(code), &json!("failed")),
            "{path}: {failed}"
        );
    }
    let video = json!({ "to": bob, "type": "video", "video": { "url": format!("{base}/picture.png") } });
    let failed = desk.reaches(&desk.send(video).await?, &["failed"]).await?;
    assert_eq!(failed["failure"]["code"], "media_rejected", "{failed}");
    let told = events_of(&server.api, "media.failed").await?;
    assert_eq!(told.len(), 7);
    // The failed message does not block the chat.
    let last = desk.send_text(&bob, "after all that").await?;
    desk.reaches(&last, &["sent", "delivered"]).await?;
    assert_eq!(sim.server().phones().inbox(&bob, 0)?.len(), 3);
    sim.finish().await?;
    Ok(())
}

#[tokio::test]
async fn a_file_is_still_fetched_from_its_url_after_the_server_was_killed() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let mut installation = unhurried(&sim).await?;
    installation.set("WEBHOOK_ALLOW_NETWORKS", "127.0.0.1");
    let (server, account, _) = installation.online(&sim).await?;
    let bob = sim.phone("Bob")?;
    let (base, _serving) = files().await?;
    let desk = Desk { api: &server.api, account: &account };
    let body = json!({ "to": bob, "type": "image", "image": { "url": format!("{base}/picture.png") } });
    let sent = desk.send(body).await?;
    server.kill().await?;
    let server = installation.start().await?;
    let desk = Desk { api: &server.api, account: &account };
    desk.reaches(&sent, &["sent", "delivered"]).await?;
    assert_eq!(sim.server().phones().inbox(&bob, 0)?.len(), 1);
    sim.finish().await?;
    Ok(())
}
