//! Voice notes that the server makes from other audio with a real ffmpeg, which
//! `scripts/install-debian-packages.sh` installs. Without ffmpeg, the server refuses such audio with an error
//! code.

use std::process::Stdio;

use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use super::super::super::secrecy::is_in_no_file;
use super::*;

/// An installation whose server can find ffmpeg.
async fn with_ffmpeg(sim: &Sim) -> anyhow::Result<Installation> {
    let mut installation = unhurried(sim).await?;
    installation.set("PATH", std::env::var("PATH")?);
    Ok(installation)
}

/// Converts the tone to another audio format. The output goes to a file and not to a pipe, because ffmpeg writes
/// the beginning of an MP4 file last.
async fn tone_as(format: &str) -> anyhow::Result<Vec<u8>> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("tone");
    let mut making = Command::new("ffmpeg")
        .args(["-loglevel", "error", "-f", "wav", "-i", "pipe:0", "-f", format])
        .arg(&path)
        .stdin(Stdio::piped())
        .spawn()
        .context("this test needs ffmpeg: scripts/install-debian-packages.sh installs it")?;
    let mut input = making.stdin.take().context("piped")?;
    input.write_all(&tone()).await?;
    drop(input);
    ensure!(making.wait().await?.success(), "no {format}");
    Ok(std::fs::read(path)?)
}

impl Desk<'_> {
    async fn send_voice(&self, to: &str, file: Value) -> anyhow::Result<Value> {
        self.send(json!({ "to": to, "type": "voice", "voice": file })).await
    }
}

#[tokio::test]
async fn an_audio_file_is_converted_to_a_voice_note() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let mut installation = with_ffmpeg(&sim).await?;
    installation.set("WEBHOOK_ALLOW_NETWORKS", "127.0.0.1");
    let (server, account, _) = installation.online(&sim).await?;
    let desk = Desk { api: &server.api, account: &account };
    let bob = sim.phone("Bob")?;
    let (base, _serving) = super::by_url::files().await?;
    let mut voices = vec![json!({ "url": format!("{base}/tone.wav") })];
    for (format, mime) in
        [("wav", "audio/wav"), ("mp3", "audio/mpeg"), ("ipod", "audio/mp4"), ("webm", "audio/webm")]
    {
        voices.push(json!({ "mediaId": desk.upload(mime, tone_as(format).await?).await? }));
    }
    for voice in voices {
        let sent = desk.send_voice(&bob, voice.clone()).await?;
        assert_eq!(sent["voice"]["state"], "pending", "{voice}: {sent}");
        assert_ne!(sent["voice"]["mediaId"], voice["mediaId"], "the uploaded file stays as it is");
        let sent = desk.reaches(&sent, &["delivered", "failed"]).await?;
        assert_eq!(sent["failure"], Value::Null, "{voice}: {sent}");
        let heard = got(&sim, &bob)?;
        assert_eq!(heard["type"], "voice", "{heard}");
        let played = &heard["voice"];
        assert_eq!(played["mimeType"], "audio/ogg; codecs=opus", "{heard}");
        assert!((2..=3).contains(&played["durationSeconds"].as_u64().unwrap_or_default()), "{heard}");
        let kept = desk.file(&sent["voice"]["mediaId"]).await?;
        assert!(kept.starts_with(b"OggS") && kept.windows(8).any(|found| found == b"OpusHead"));
        assert_eq!(
            (&sent["voice"]["sha256"], &sent["voice"]["size"]),
            (&played["sha256"], &json!(kept.len()))
        );
    }
    let told = events_of(&server.api, "media.ready").await?;
    assert_eq!(told.len(), 5);

    // A broken audio file makes only its own message fail, after the server has accepted the message. A message
    // with a file of another type is refused at once.
    let broken = desk.upload("audio/mpeg", b"ID3\x04\0\0\0\0\0\0no music".to_vec()).await?;
    let failed = desk.send_voice(&bob, json!({ "mediaId": broken })).await?;
    let failed = desk.reaches(&failed, &["failed"]).await?;
    assert_eq!(failed["failure"]["code"], "media_rejected", "{failed}");
    let text = desk.upload("text/plain", "no sound").await?;
    let body = json!({ "to": bob, "type": "voice", "voice": { "mediaId": text } });
    let (status, refused) = desk.post("messages", body).await?;
    assert_eq!(
        (status.as_u16(), &refused["errors"][0]["field"]),
        (400, &json!("voice.mediaId")),
        "{refused}"
    );
    assert_eq!(sim.server().phones().inbox(&bob, 0)?.len(), 5);
    is_in_no_file(installation.data_dir(), &[tone()[1_000..1_064].to_vec(), b"OpusHead".to_vec()])?;
    server.kill().await?;
    sim.finish().await?;
    Ok(())
}

#[tokio::test]
async fn a_voice_note_is_sent_once_even_if_the_server_is_killed_while_converting() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let installation = with_ffmpeg(&sim).await?;
    let (mut server, account, _) = installation.online(&sim).await?;
    let bob = sim.phone("Bob")?;
    let mut last = Value::Null;
    for _ in 0..3 {
        let desk = Desk { api: &server.api, account: &account };
        let file = desk.upload("audio/wav", tone()).await?;
        last = desk.send_voice(&bob, json!({ "mediaId": file })).await?;
        server.kill().await?;
        server = installation.start().await?;
    }
    let desk = Desk { api: &server.api, account: &account };
    desk.reaches(&last, &["delivered"]).await?;
    desk.queue_is_empty().await?;
    assert_eq!(sim.server().phones().inbox(&bob, 0)?.len(), 3);
    sim.finish().await?;
    Ok(())
}

#[tokio::test]
async fn without_ffmpeg_a_voice_note_that_needs_conversion_is_not_sent() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let mut installation = unhurried(&sim).await?;
    installation.set("WEBHOOK_ALLOW_NETWORKS", "127.0.0.1");
    let (server, account, _) = installation.online(&sim).await?;
    let desk = Desk { api: &server.api, account: &account };
    let bob = sim.phone("Bob")?;
    let file = desk.upload("audio/wav", tone()).await?;
    let body = json!({ "to": bob, "type": "voice", "voice": { "mediaId": file } });
    let (status, refused) = desk.post("messages", body).await?;
    let said = &refused["errors"][0];
    assert_eq!((status.as_u16(), &said["field"]), (400, &json!("voice.mediaId")), "{refused}");
    assert!(said["message"].as_str().unwrap_or_default().contains("ffmpeg"), "{refused}");
    let (base, _serving) = super::by_url::files().await?;
    let sent = desk.send_voice(&bob, json!({ "url": format!("{base}/tone.wav") })).await?;
    let failed = desk.reaches(&sent, &["failed"]).await?;
    assert_eq!(failed["failure"]["code"], "media_rejected", "{failed}");
    assert!(failed["failure"]["message"].as_str().unwrap_or_default().contains("ffmpeg"), "{failed}");
    sim.finish().await?;
    Ok(())
}
