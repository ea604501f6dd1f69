//! What a connection needs of its transport, and the WebSocket that provides it.

use super::ConnError;
use axum::extract::ws::{Message, WebSocket};
use bytes::Bytes;
use futures_util::{Sink, SinkExt, Stream, StreamExt, future};
use std::pin::Pin;

/// Chunks of bytes from the client. Frames may be split or joined at will.
pub type FrameStream = Pin<Box<dyn Stream<Item = Result<Bytes, ConnError>> + Send>>;
/// Chunks of bytes to the client; closing it ends the connection.
pub type FrameSink = Pin<Box<dyn Sink<Bytes, Error = ConnError> + Send>>;

/// Both directions of a WebSocket. Text and control messages are skipped; a close message ends the stream.
pub fn websocket(socket: WebSocket) -> (FrameStream, FrameSink) {
    let (sink, stream) = socket.split();
    let incoming = stream
        .take_while(|message| future::ready(!matches!(message, Ok(Message::Close(_)))))
        .filter_map(|message| {
            future::ready(match message {
                Ok(Message::Binary(bytes)) => Some(Ok(bytes)),
                Ok(_) => None,
                Err(error) => Some(Err(ConnError::Transport(error.to_string()))),
            })
        });
    let outgoing = sink
        .sink_map_err(|error| ConnError::Transport(error.to_string()))
        .with(|bytes: Bytes| future::ready(Ok::<_, ConnError>(Message::Binary(bytes))));
    (Box::pin(incoming), Box::pin(outgoing))
}
