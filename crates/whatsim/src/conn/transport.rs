//! What a connection needs from its transport, and the WebSocket that provides it.

use super::ConnError;
use axum::extract::ws::{Message, WebSocket};
use bytes::Bytes;
use futures_util::{Sink, Stream, StreamExt, future};
use std::fmt::Display;
use std::pin::Pin;
use std::task::{Context, Poll};

/// Chunks of bytes from the client. A chunk may contain several frames or a part of one.
pub type FrameStream = Pin<Box<dyn Stream<Item = Result<Bytes, ConnError>> + Send>>;
/// Chunks of bytes to the client. Closing the sink ends the connection.
pub type FrameSink = Pin<Box<dyn Sink<Bytes, Error = ConnError> + Send>>;

/// Both directions of a WebSocket. Text and control messages are skipped. A close message ends the stream.
pub fn websocket(socket: WebSocket) -> (FrameStream, FrameSink) {
    let (sink, stream) = socket.split();
    let incoming = stream
        .take_while(|message| future::ready(!matches!(message, Ok(Message::Close(_)))))
        .filter_map(|message| {
            future::ready(match message {
                Ok(Message::Binary(bytes)) => Some(Ok(bytes)),
                Ok(_) => None,
                Err(error) => Some(Err(failed(error))),
            })
        });
    (Box::pin(incoming), Box::pin(Outgoing(sink)))
}

/// The sending half of a WebSocket. After a failure, every use returns an error, whereas the adapter of `futures`
/// panics.
struct Outgoing<S>(S);

impl<S: Sink<Message, Error: Display> + Unpin> Sink<Bytes> for Outgoing<S> {
    type Error = ConnError;

    fn poll_ready(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), ConnError>> {
        Pin::new(&mut self.0).poll_ready(cx).map_err(failed)
    }

    fn start_send(mut self: Pin<&mut Self>, bytes: Bytes) -> Result<(), ConnError> {
        Pin::new(&mut self.0).start_send(Message::Binary(bytes)).map_err(failed)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), ConnError>> {
        Pin::new(&mut self.0).poll_flush(cx).map_err(failed)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), ConnError>> {
        Pin::new(&mut self.0).poll_close(cx).map_err(failed)
    }
}

fn failed(error: impl Display) -> ConnError {
    ConnError::Transport(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::SinkExt;

    /// A connection whose client has gone. Every use of it fails.
    struct Broken;

    impl Sink<Message> for Broken {
        type Error = &'static str;

        fn poll_ready(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
            Poll::Ready(Err("broken"))
        }

        fn start_send(self: Pin<&mut Self>, _: Message) -> Result<(), Self::Error> {
            Err("broken")
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
            Poll::Ready(Err("broken"))
        }

        fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
            Poll::Ready(Err("broken"))
        }
    }

    #[tokio::test]
    async fn a_transport_that_failed_once_fails_again() {
        let mut sink: FrameSink = Box::pin(Outgoing(Broken));
        for _ in 0..2 {
            assert!(matches!(sink.send(Bytes::from_static(b"x")).await, Err(ConnError::Transport(_))));
        }
        assert!(sink.close().await.is_err());
    }
}
