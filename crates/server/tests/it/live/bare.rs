//! A Socket.IO client without a library, so that a test can send what no library would send.

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::Value;
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;
use tokio_websockets::{ClientBuilder, Message, WebSocketStream};

use super::world::{PATIENCE, World};

/// A Socket.IO connection that uses no client library.
pub struct Bare(WebSocketStream<TcpStream>);

impl Bare {
    /// Opens a WebSocket and reads the server's first packet.
    pub async fn open(world: &World) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        // A small buffer, so that the server soon notices a client that does not read.
        socket.set_recv_buffer_size(16 * 1024).unwrap();
        let stream = socket.connect(world.address).await.unwrap();
        let uri = format!("ws://{}/socket.io/?EIO=4&transport=websocket", world.address);
        let (stream, _) = ClientBuilder::new().uri(&uri).unwrap().connect_on(stream).await.unwrap();
        let mut bare = Self(stream);
        assert!(bare.next().await.unwrap().starts_with('0'));
        bare
    }

    pub async fn say(&mut self, text: &str) {
        self.0.send(Message::text(text.to_owned())).await.unwrap();
    }

    /// The next text, or `None` at the end of the connection. Answers pings on the way.
    pub async fn next(&mut self) -> Option<String> {
        loop {
            let message = timeout(PATIENCE, self.0.next()).await.expect("something comes")?.ok()?;
            match message.as_text()? {
                "2" => self.0.send(Message::text("3")).await.ok()?,
                text => return Some(text.to_owned()),
            }
        }
    }

    /// Connects with this token, and returns the server's answer.
    pub async fn connect(&mut self, token: &str) -> String {
        self.say(&format!("40/events,{}", serde_json::json!({ "token": token }))).await;
        self.next().await.unwrap()
    }

    /// Subscribes to all events from now on.
    pub async fn subscribe(&mut self) {
        self.say("42/events,7[\"subscribe\",{}]").await;
        let ack = self.next().await.unwrap();
        assert!(ack.starts_with("43/events,7[{\"gap\":false,\"seq\":"), "{ack}");
    }
}

/// The name and data of an event.
pub fn event(text: &str) -> (String, Value) {
    let data = text.strip_prefix("42/events,").unwrap_or_else(|| panic!("{text}"));
    let (name, data): (String, Value) = serde_json::from_str(data).unwrap();
    (name, data)
}
