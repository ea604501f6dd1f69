//! A minimal Socket.IO client: one WebSocket, one subscription.

use std::net::SocketAddr;

use anyhow::{Context as _, ensure};
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_websockets::{ClientBuilder, Message, WebSocketStream};

/// A connection whose subscription the server has answered.
pub struct Follower(WebSocketStream<TcpStream>);

impl Follower {
    pub async fn start(address: SocketAddr, key: &str, wish: &Value) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        let uri = format!("ws://{address}/socket.io/?EIO=4&transport=websocket");
        let (mut stream, _) = ClientBuilder::new().uri(&uri)?.connect_on(stream).await?;
        let mut answer = async |say: Option<String>, begins: &str| {
            if let Some(text) = say {
                stream.send(Message::text(text)).await?;
            }
            let heard = stream.next().await.context("it ended")??;
            let heard = heard.as_text().context("text")?;
            ensure!(heard.starts_with(begins), "{heard}");
            Ok(())
        };
        answer(None, "0").await?;
        answer(Some(format!("40/events,{}", json!({ "token": key }))), "40/events,").await?;
        answer(Some(format!("42/events,7{}", json!(["subscribe", wish]))), "43/events,7").await?;
        Ok(Self(stream))
    }

    /// The next event, or `None` if the connection has ended.
    pub async fn next(&mut self) -> Option<Value> {
        loop {
            let message = self.0.next().await?.ok()?;
            match message.as_text()? {
                "2" => self.0.send(Message::text("3")).await.ok()?,
                text => {
                    if let Some(text) = text.strip_prefix("42/events,") {
                        let (_, event): (String, Value) = serde_json::from_str(text).ok()?;
                        return Some(event);
                    }
                }
            }
        }
    }
}
