//! One client's connection from beginning to end: the handshake, then a reader that passes stanzas to `stanza`,
//! and a writer that encrypts the answers. It is generic over the frame stream and sink, so that it does not
//! depend on the transport, which is a WebSocket today.

mod handshake;
mod link;
mod reader;
mod session;
mod transport;
mod writer;

pub use link::{ConnId, Link, Outgoing};
pub use session::serve;
pub use transport::{FrameSink, FrameStream, websocket};

/// The errors that end a connection.
#[derive(Debug, thiserror::Error)]
pub enum ConnError {
    /// The transport failed.
    #[error("transport: {0}")]
    Transport(String),
    /// The first bytes are not those of a WhatsApp client.
    #[error("no WhatsApp connection header")]
    Header,
    /// The handshake failed.
    #[error(transparent)]
    Handshake(#[from] crate::noise::HandshakeError),
    /// A frame could not be sealed or opened.
    #[error("frame encryption: {0}")]
    Cipher(String),
    /// A frame is not a node, or a node does not fit into a frame.
    #[error(transparent)]
    Codec(#[from] crate::codec::CodecError),
}
