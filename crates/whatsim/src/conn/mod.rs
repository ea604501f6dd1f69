//! One client's connection, from its first byte to its last: handshake, then a reader that hands stanzas to
//! `stanza`, and a writer that seals what they answer. Generic over the frame stream and sink, so that the
//! transport (WebSocket today) stays a detail.

mod handshake;
mod link;
mod reader;
mod session;
mod transport;
mod writer;

pub use link::{ConnId, Link, Outgoing};
pub use session::serve;
pub use transport::{FrameSink, FrameStream, websocket};

/// Why a connection ended, other than by agreement.
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
    /// A frame is no node, or a node does not fit in one.
    #[error(transparent)]
    Codec(#[from] crate::codec::CodecError),
}
