//! The media server, as clients reach it over TLS, and media from phone to phone.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use crate::http::Sim;
use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const ANN: &str = "4915550001";
const BOB: &str = "4915550002";

/// The token that the simulator gives to Ann's device 1 for the media server.
fn auth() -> String {
    BASE64_URL_SAFE_NO_PAD.encode(format!("whatsim {ANN}:1"))
}

async fn uploaded(sim: &Sim, file: &[u8]) -> String {
    let token = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(file));
    let path = format!("/mms/image/{token}?auth={}&token={token}", auth());
    let (status, _, body) = sim.media("POST", &path, "", file).await;
    assert_eq!(status, 200);
    let body: Value = serde_json::from_slice(&body).unwrap();
    body["direct_path"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_file_is_uploaded_and_downloaded_completely_or_in_part() {
    let sim = Sim::start().await;
    let file: Vec<u8> = (0..200_000_u32).map(|n| (n % 251) as u8).collect();
    let path = uploaded(&sim, &file).await;
    let (status, _, body) = sim.media("GET", &path, "", b"").await;
    assert_eq!((status, body == file), (200, true));
    let (status, head, body) = sim.media("GET", &path, "range: bytes=70000-70009\r\n", b"").await;
    assert_eq!((status, &body[..]), (206, &file[70_000..70_010]));
    assert!(head.contains("content-range: bytes 70000-70009/200000"), "{head}");
    let (status, ..) = sim.media("GET", &path, "range: bytes=200000-\r\n", b"").await;
    assert_eq!(status, 416);
}

#[tokio::test]
async fn invalid_uploads_are_refused() {
    let sim = Sim::start().await;
    let token = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(b"one file"));
    let to = |auth: &str| format!("/mms/image/{token}?auth={auth}");
    assert_eq!(sim.media("POST", &to(&auth()), "", b"another").await.0, 400);
    assert_eq!(sim.media("POST", &to("stolen"), "", b"one file").await.0, 403);
    assert_eq!(sim.media("GET", "/v/t62.7118-24/none", "", b"").await.0, 404);
}

#[tokio::test]
async fn an_interrupted_upload_continues() {
    let sim = Sim::start().await;
    let file = b"first half, second half";
    let token = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(file));
    let path = format!("/mms/document/{token}?auth={}", auth());
    let resume = |body: Vec<u8>| serde_json::from_slice::<Value>(&body).unwrap()["resume"].clone();
    let (_, _, body) = sim.media("POST", &format!("{path}&resume=1"), "", b"").await;
    assert_eq!(resume(body), "0");
    assert_eq!(
        sim.media("POST", &format!("{path}&file_offset=7"), "", b"x").await.0,
        400,
        "nothing is there"
    );
    assert_eq!(sim.media("POST", &path, "", file).await.0, 200);
    let (_, _, body) = sim.media("POST", &format!("{path}&resume=1"), "", b"").await;
    assert_eq!(resume(body), "complete");
}

#[tokio::test]
async fn expired_forbidden_and_truncated_downloads_fail() {
    let sim = Sim::start().await;
    let file = vec![7; 100_000];
    let path = uploaded(&sim, &file).await;
    let once =
        |kind: &str, params: Value| json!({ "scope": "all", "kind": kind, "times": 1, "params": params });
    sim.post("/admin/faults", once("media_403", json!({}))).await;
    assert_eq!(sim.media("GET", &path, "", b"").await.0, 403);
    sim.post("/admin/faults", once("media_truncated", json!({}))).await;
    let (status, head, body) = sim.media("GET", &path, "", b"").await;
    assert_eq!((status, head.contains("content-length: 100000")), (200, true), "{head}");
    assert!(body.len() < file.len());
    sim.post("/admin/faults", once("media_truncated", json!({ "how": "short" }))).await;
    let (status, _, body) = sim.media("GET", &path, "", b"").await;
    assert_eq!((status, body.len()), (200, 50_000));
    assert_eq!(sim.media("GET", &path, "", b"").await.2.len(), 100_000);

    assert_eq!(sim.post("/admin/media/expire", json!({})).await.body, json!({ "expired": 1 }));
    assert_eq!(sim.media("GET", &path, "", b"").await.0, 410);
}

#[tokio::test]
async fn the_media_server_is_unreachable_during_an_outage() {
    let sim = Sim::start().await;
    let path = uploaded(&sim, b"file").await;
    sim.server.go_dark().await;
    assert!(tokio::net::TcpStream::connect(sim.server.media_host()).await.is_err());
    sim.server.return_from_dark().await.unwrap();
    assert_eq!(sim.media("GET", &path, "", b"").await.2, b"file");
}

#[tokio::test]
async fn each_kind_of_media_arrives_and_can_be_decrypted() {
    let sim = Sim::start().await;
    sim.phones(&[ANN, BOB]).await;
    let file = b"the bytes of a file";
    let data = BASE64_STANDARD.encode(file);
    for (kind, more) in [
        ("image", json!({ "mimeType": "image/png", "caption": "look", "width": 2, "height": 3 })),
        ("video", json!({ "mimeType": "video/mp4", "caption": "look", "durationSeconds": 5 })),
        ("gif", json!({ "mimeType": "video/mp4" })),
        ("audio", json!({ "mimeType": "audio/mpeg", "durationSeconds": 5 })),
        ("voice", json!({ "mimeType": "audio/ogg; codecs=opus", "durationSeconds": 5 })),
        ("document", json!({ "mimeType": "application/pdf", "fileName": "a.pdf" })),
        ("document", json!({ "mimeType": "application/pdf", "fileName": "a.pdf", "caption": "read" })),
        ("sticker", json!({ "mimeType": "image/webp", "width": 512, "height": 512 })),
    ] {
        let mut object = more.clone();
        object["data"] = json!(data);
        let id = sim.say(ANN, json!({ "to": BOB, "type": kind, kind: object, "forwarded": true })).await;
        let heard = sim.heard(BOB, &id).await;
        assert_eq!((&heard["type"], &heard["forwarded"]), (&json!(kind), &json!(true)), "{heard}");
        for (field, value) in more.as_object().unwrap() {
            assert_eq!(&heard[kind][field], value, "{kind}.{field}");
        }
        assert_eq!(heard[kind]["size"], file.len(), "{heard}");
        assert_eq!(heard[kind]["sha256"], hex::encode(Sha256::digest(file)));
    }
    let once = json!({ "to": BOB, "type": "image", "image": { "data": data, "viewOnce": true } });
    let heard = sim.heard(BOB, &sim.say(ANN, once).await).await;
    assert_eq!((&heard["viewOnce"], &heard["type"]), (&json!(true), &json!("image")));
    let messages = format!("/admin/phones/{ANN}/messages");
    let empty = json!({ "to": BOB, "type": "image", "image": {} });
    sim.post(&messages, empty).await.refuses(400, "invalid_field", "image.data");
    let rubbish = json!({ "to": BOB, "type": "image", "image": { "data": "?" } });
    sim.post(&messages, rubbish).await.refuses(400, "invalid_field", "base64");
}
