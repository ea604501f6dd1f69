//! Splits a stream of bytes into frames. It removes the connection header once, and then splits by the length
//! prefixes.

use super::{ConnError, FrameStream};
use crate::codec::be_number;
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use wacore_noise::framing::FrameDecoder;

/// A client that wants a certain edge server sends this before the connection header. It has the form `ED\0\1`, a
/// three-byte length, and that many bytes.
const ROUTING_MAGIC: &[u8] = b"ED\0\x01";
/// The beginning of the connection header: `WA` and protocol 6. The version of the dictionary follows.
const HEADER: &[u8] = b"WA\x06";

/// Reads frames from a stream.
pub struct FrameReader {
    stream: FrameStream,
    decoder: FrameDecoder,
    prologue: Option<[u8; 4]>,
    /// The bytes received until the header is complete.
    early: BytesMut,
}

impl FrameReader {
    /// A reader for a new connection, which begins with the connection header.
    pub fn new(stream: FrameStream) -> Self {
        Self { stream, decoder: FrameDecoder::new(), prologue: None, early: BytesMut::new() }
    }

    /// The connection header, which the handshake authenticates. It is known after the first frame.
    pub fn prologue(&self) -> [u8; 4] {
        self.prologue.unwrap_or_default()
    }

    /// The next frame, or `None` if the client has disconnected.
    ///
    /// # Errors
    /// When the transport fails, or the client is not a WhatsApp client.
    pub async fn next(&mut self) -> Result<Option<BytesMut>, ConnError> {
        loop {
            if let Some(frame) = self.decoder.decode_frame() {
                return Ok(Some(frame));
            }
            let Some(chunk) = self.stream.next().await.transpose()? else {
                return Ok(None);
            };
            self.accept(chunk)?;
        }
    }

    fn accept(&mut self, chunk: Bytes) -> Result<(), ConnError> {
        if self.prologue.is_some() {
            self.decoder.feed(&chunk);
            return Ok(());
        }
        self.early.extend_from_slice(&chunk);
        let Some(start) = header_start(&self.early) else {
            return Ok(());
        };
        let Some(header) = self.early.get(start..start + 4) else {
            return Ok(());
        };
        if !header.starts_with(HEADER) {
            return Err(ConnError::Header);
        }
        self.prologue = header.try_into().ok();
        self.decoder.feed(&self.early[start + 4..]);
        self.early = BytesMut::new();
        Ok(())
    }
}

/// The position of the connection header. Returns `None` if more bytes must arrive before the position is known.
fn header_start(bytes: &[u8]) -> Option<usize> {
    if bytes.len() < ROUTING_MAGIC.len() {
        return None;
    }
    if !bytes.starts_with(ROUTING_MAGIC) {
        return Some(0);
    }
    let length = be_number(bytes.get(4..7)?);
    Some(7 + length as usize)
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::stream;

    async fn frames(chunks: Vec<&'static [u8]>) -> Result<Vec<Vec<u8>>, ConnError> {
        let chunks = chunks.into_iter().map(|c| Ok(Bytes::from_static(c)));
        let mut reader = FrameReader::new(Box::pin(stream::iter(chunks)));
        let mut got = Vec::new();
        while let Some(frame) = reader.next().await? {
            got.push(frame.to_vec());
        }
        Ok(got)
    }

    #[tokio::test]
    async fn frames_are_complete_even_if_the_bytes_arrive_one_by_one() {
        let whole: &[u8] = b"WA\x06\x03\0\0\x02hi\0\0\x01!";
        let expected = vec![b"hi".to_vec(), b"!".to_vec()];
        assert_eq!(frames(vec![whole]).await.unwrap(), expected);
        assert_eq!(frames(whole.chunks(1).collect()).await.unwrap(), expected);
    }

    #[tokio::test]
    async fn an_edge_routing_header_is_skipped() {
        assert_eq!(frames(vec![b"ED\0\x01\0\0\x03abcWA\x06\x03\0\0\x02hi"]).await.unwrap(), [b"hi".to_vec()]);
    }

    #[tokio::test]
    async fn a_connection_without_the_whatsapp_header_is_refused() {
        assert!(matches!(frames(vec![b"GET / HTTP/1.1"]).await, Err(ConnError::Header)));
    }
}
