//! `GET /api/v1/events/stream`, read by a client from its socket.

use linekeeper_model::access::Permission;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::world::{PATIENCE, World};

/// A stream of which the client has read the response headers.
struct Stream(BufReader<TcpStream>);

impl Stream {
    async fn open(world: &World, key: &str, query: &str, last: Option<u64>) -> Self {
        let mut socket = TcpStream::connect(world.address).await.unwrap();
        let last = last.map(|seq| format!("last-event-id: {seq}\r\n")).unwrap_or_default();
        let path = format!("/api/v1/events/stream?{query}");
        let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nx-api-key: {key}\r\n{last}\r\n");
        socket.write_all(request.as_bytes()).await.unwrap();
        let mut stream = Self(BufReader::new(socket));
        let head: Vec<String> = stream.block().await.unwrap();
        assert_eq!(head[0], "HTTP/1.1 200 OK", "{head:?}");
        assert!(head.iter().any(|line| line == "content-type: text/event-stream"), "{head:?}");
        stream
    }

    /// The lines up to the next empty line, without chunk sizes, or `None` at the end of the stream.
    async fn block(&mut self) -> Option<Vec<String>> {
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            timeout(PATIENCE, self.0.read_line(&mut line)).await.expect("something comes").unwrap();
            match line.trim_end() {
                "" if line.is_empty() => return None,
                "" if lines.is_empty() => {}
                "" => return Some(lines),
                size if u32::from_str_radix(size, 16).is_ok() && lines.is_empty() => {
                    if size == "0" {
                        return None;
                    }
                }
                text => lines.push(text.to_owned()),
            }
        }
    }

    /// The next event: its id and its envelope.
    async fn event(&mut self) -> Option<(Option<u64>, Value)> {
        loop {
            let lines = self.block().await?;
            let Some(data) = lines.iter().find_map(|line| line.strip_prefix("data: ")) else { continue };
            let id = lines.iter().find_map(|line| line.strip_prefix("id: ")).map(|id| id.parse().unwrap());
            assert_eq!(lines.len(), 1 + usize::from(id.is_some()), "{lines:?}");
            return Some((id, serde_json::from_str(data).unwrap()));
        }
    }
}

#[tokio::test]
async fn stored_events_have_an_id_and_transient_events_have_none() {
    let world = World::new().await;
    let past = world.happen(3).await;
    let mut stream = Stream::open(&world, &world.key, "after=0", None).await;
    for place in past - 2..=past {
        let (id, envelope) = stream.event().await.unwrap();
        assert_eq!((id, envelope["seq"].as_u64()), (Some(place), Some(place)));
    }
    world.show_code("2@shown");
    let (id, envelope) = stream.event().await.unwrap();
    assert_eq!((id, &envelope["data"]["qrCode"]), (None, &json!("2@shown")));
    let next = world.happen(1).await;
    assert_eq!(stream.event().await.unwrap().0, Some(next));
    // A client that reconnects continues after its last event, even if the query says otherwise.
    let later = world.happen(2).await;
    let mut again = Stream::open(&world, &world.key, "after=0", Some(next)).await;
    assert_eq!(again.event().await.unwrap().0, Some(later - 1));
    world.app.lifecycle.stop();
    assert_eq!(again.event().await.map(|(id, _)| id), Some(Some(later)));
    assert_eq!(again.event().await, None);
}

#[tokio::test]
async fn a_stream_contains_only_permitted_events_and_ends_when_its_key_is_deleted() {
    let world = World::new().await;
    let reader = world.app.with_key(&world.owner, &[Permission::WhatsappRead], None).await;
    let reader = reader.credential().to_owned();
    let mut stream = Stream::open(&world, &reader, "types=account.*", None).await;
    world.show_code("2@secret");
    let seq = world.happen(1).await;
    assert_eq!(stream.event().await.unwrap().0, Some(seq), "and no code");
    let owner = world.app.with_header(&world.owner, "x-api-key", &world.key);
    let keys = owner.get("/api/v1/api-keys").await.json();
    for key in keys["data"].as_array().unwrap() {
        if key["scopes"] == json!(["whatsapp:read"]) {
            owner.delete(&format!("/api/v1/api-keys/{}", key["id"].as_str().unwrap())).await;
        }
    }
    world.happen(1).await;
    assert_eq!(stream.event().await, None);
}

#[tokio::test]
async fn invalid_parameters_of_a_stream_are_refused() {
    let world = World::new().await;
    let owner = world.app.with_header(&world.owner, "x-api-key", &world.key);
    for query in ["types=account.qrcode", "after=x", "accounts=", "wait=5"] {
        let refused = owner.get(&format!("/api/v1/events/stream?{query}")).await.refusal();
        assert!(refused.starts_with("400 validation_failed"), "{query}: {refused}");
    }
    let unknown = "/api/v1/events/stream?accounts=01890a5d-ac96-774b-bcce-b302099a8111";
    assert_eq!(owner.get(unknown).await.refusal(), "404 account_not_found");
    let stored = owner.get("/api/v1/events?types=account.qr_code").await.refusal();
    assert!(stored.starts_with("400 validation_failed"), "{stored}");
}
