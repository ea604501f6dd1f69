//! Files of messages, in both directions, over the simulator's media server.

pub mod by_url;
mod full_disk;
mod in_s3;
mod inbound;
mod kill;
mod outbound;
mod trouble;
mod voice_notes;

use super::*;

/// A small valid picture.
pub const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89\
    \0\0\0\rIDATx\x9cc\xf8\xcf\xc0\xf0\x1f\0\x05\0\x01\xff\x89\x99=\x1d\0\0\0\0IEND\xaeB`\x82";

/// The beginning of an OGG file with one second of Opus audio. The server and the simulator read no further.
fn voice() -> Vec<u8> {
    let page = |granule: u64, content: &[u8]| {
        let mut page = b"OggS\0\x02".to_vec();
        page.extend(granule.to_le_bytes());
        page.extend([0; 12]);
        page.extend([1, content.len() as u8]);
        page.extend(content);
        page
    };
    let mut file = page(0, b"OpusHead\x01\x01\0\0\x80\xbb\0\0\0\0\0");
    file.extend(page(48_000, b"sound"));
    file
}

/// Two seconds of a tone, as WAV.
fn tone() -> Vec<u8> {
    const RATE: u32 = 16_000;
    let samples =
        (0..2 * RATE).map(|n| (f64::from(n) * 440.0 * std::f64::consts::TAU / f64::from(RATE)).sin());
    let sound: Vec<u8> = samples.flat_map(|sample| ((sample * 8_000.0) as i16).to_le_bytes()).collect();
    let mut file = b"RIFF".to_vec();
    file.extend((36 + sound.len() as u32).to_le_bytes());
    file.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    file.extend(RATE.to_le_bytes());
    file.extend((2 * RATE).to_le_bytes());
    file.extend(b"\x02\0\x10\0data");
    file.extend((sound.len() as u32).to_le_bytes());
    file.extend(sound);
    file
}

/// One file of each kind that a phone can play or show. Each entry has the kind, the declared media type and the
/// bytes.
fn each_kind() -> Vec<(&'static str, &'static str, Vec<u8>)> {
    let film = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom\0\0\0\x08mdat".to_vec();
    vec![
        ("image", "image/png", PNG.to_vec()),
        ("video", "video/mp4", film.clone()),
        ("gif", "video/mp4", film),
        ("audio", "audio/mpeg", b"ID3\x04\0\0\0\0\0\0music".to_vec()),
        ("voice", "audio/ogg", voice()),
        ("document", "application/pdf", b"%PDF-1.7 prices".to_vec()),
        (
            "sticker",
            "image/webp",
            b"RIFF\x1a\0\0\0WEBPVP8L\x0d\0\0\0\x2f\0\0\0\x10\x07\x10\x11\x11\x88\x88\xfe\x07\0".to_vec(),
        ),
    ]
}

/// A file of the given length with varying bytes.
fn large(length: usize) -> Vec<u8> {
    let mut file = b"%PDF-1.7\n".to_vec();
    file.extend((0..length - file.len()).map(|n| (n % 251) as u8));
    file
}

impl Desk<'_> {
    pub(super) async fn upload(&self, kind: &str, file: impl Into<reqwest::Body>) -> anyhow::Result<String> {
        let uploaded = self.api.upload(self.account, kind, file).await?;
        Ok(uploaded["id"].as_str().context("a file has an id")?.to_owned())
    }

    /// Downloads a file by its id and returns its bytes.
    pub(super) async fn file(&self, id: &Value) -> anyhow::Result<Vec<u8>> {
        let id = id.as_str().context("a file has an id")?;
        let path = format!("/whatsapp/accounts/{}/media/{id}", self.account);
        Ok(self.api.bytes(&path, "*/*").await?.1)
    }

    /// Waits until the file of the newest inbound message has this state, and returns the message.
    pub(super) async fn received_with(&self, state: &str) -> anyhow::Result<Value> {
        until(format!("a file that is {state}"), async || {
            let page = self.get("messages?direction=inbound&limit=1").await.ok()?;
            let message = page["data"][0].clone();
            let kind = message["type"].as_str()?;
            (message[kind]["state"] == state).then_some(message)
        })
        .await
    }
}

/// The content of the last message in the phone's inbox. The phone has already decrypted the message's file.
fn got(sim: &Sim, number: &str) -> anyhow::Result<Value> {
    let inbox = sim.server().phones().inbox(number, 0)?;
    let last = inbox.last().context("the phone got something")?;
    Ok(serde_json::to_value(last)?)
}

pub async fn phone_sends(
    sim: &Sim,
    from: &str,
    to: &str,
    kind: &str,
    file: &[u8],
    mime: &str,
) -> anyhow::Result<()> {
    use base64::Engine as _;
    let data = base64::prelude::BASE64_STANDARD.encode(file);
    let mut body = json!({ "to": to, "type": kind, kind: { "data": data, "mimeType": mime } });
    if kind == "document" {
        body[kind]["fileName"] = json!("prices.pdf");
    }
    phone_says(sim, from, body).await
}

/// Makes a phone send a message with the given body.
pub async fn phone_says(sim: &Sim, from: &str, body: Value) -> anyhow::Result<()> {
    let url = format!("{}/admin/phones/{from}/messages", sim.server().http_url());
    let answer = reqwest::Client::builder().no_proxy().build()?.post(url).json(&body).send().await?;
    ensure!(answer.status().is_success(), "{}", answer.text().await?);
    Ok(())
}
